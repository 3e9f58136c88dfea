"""Bring the file of a run that goes on up to date, now and then, beside the training."""

import threading
import time
from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.recorder.journal import replayed
from herdbook.recorder.store import update

FIRST, LAST = 1.0, 30.0
"""After how many seconds the file is saved first; each time it is twice as long, up to the last."""

_SHARE = 100
"""Of so many parts of the time, saving takes one at most: a long record is saved more seldom."""


class Saver(threading.Thread):
    """Writes what the journal of a run holds into the file of the run.

    It reads the journal rather than the record that the training works on, so that neither waits for the
    other, and so that what is written is what could be recovered.
    """

    def __init__(self, journal: Path, catalog: Path) -> None:
        super().__init__(name=f"herdbook {journal.stem}", daemon=True)
        self._journal = journal
        self._catalog = catalog
        self._over = threading.Event()

    def run(self) -> None:
        pause, seen = FIRST, -1
        while not self._over.wait(pause):
            begun = time.perf_counter()
            try:
                size = self._journal.stat().st_size
                if size != seen:
                    update(replayed(self._journal).as_file(quiet=True), self._catalog)
                    seen = size
            except FileNotFoundError:
                return  # somebody took the file or the journal away; the end of the run will say so
            except (HerdbookError, OSError):
                pass  # perhaps there is room on the disk later; the journal has it all meanwhile
            pause = max(min(2 * pause, LAST), _SHARE * (time.perf_counter() - begun))

    def stop(self) -> None:
        """Save no more."""
        self._over.set()
        if self.is_alive():
            self.join()
