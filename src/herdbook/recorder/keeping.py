"""Keep the record of a run that goes on: in the catalog, in a journal, and in the end as a whole."""

import contextlib
import math
import os
import threading
import time
from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.recorder.journal import Journal
from herdbook.recorder.record import Note, Record
from herdbook.recorder.saving import Saver
from herdbook.recorder.store import begin, file_of, store, update
from herdbook.recorder.warning import warn

_PAUSE = 5.0
"""After how many seconds a journal that could not be written is tried again."""

_ENDED = "the run has ended; record what belongs to it before"


class Keeping:
    """Lets a run be found while it goes on, and lets nothing that it records be lost with its process.

    What prevents that is said when the run ends, if it is still so then.

    Args:
        record: the record.
        catalog: the folder of the catalog, if there is one.
        has_file: the run has a file in the catalog, being resumed.
    """

    def __init__(self, record: Record, catalog: Path | None, *, has_file: bool) -> None:
        self._record, self._catalog = record, catalog
        self._has_file = has_file
        self.has_ended = False
        """Whether the record was written for good."""
        self.is_taken = False
        """Whether another process began a run of this name at the same moment: then nothing is kept."""
        self._process, self._has_told_child = os.getpid(), False
        self._journal: Journal | None = None
        self._has_gap, self._try_at = False, 0.0
        self._alone = threading.RLock()  # a handler of signals may record in the midst of recording
        self._saver: Saver | None = None
        if catalog is None:
            return
        with contextlib.suppress(HerdbookError, OSError):
            value = record.as_file(quiet=True)
            if self._has_file:
                update(value, catalog)
            else:
                try:
                    begin(value, catalog)
                except FileExistsError:
                    self.is_taken = file_of(value, catalog).is_file()
                    raise
                self._has_file = True
            self._journal = Journal.begin(catalog, str(record.data["id"]), record)
            self._saver = Saver(self._journal.path, catalog)
            self._saver.start()

    def take(self, note: Note) -> None:
        """Record what a note says.

        Raises:
            HerdbookError: the run has ended.
        """
        if os.getpid() != self._process:
            self._tell_child()
            return
        with self._alone:
            if self.has_ended:
                raise HerdbookError(_ENDED)
            self._record.take(note)
            if self._has_gap:
                self._close_gap()
            elif self._journal is not None:
                try:
                    self._journal.take(note)
                except OSError as error:
                    self._leave_gap(error)

    def point(self, key: str, step: float, value: float) -> None:
        """Record a point of a curve. This is called by thousands, and so it takes no detours.

        Raises:
            HerdbookError: the run has ended, or the step is not finite.
        """
        if self.has_ended:
            raise HerdbookError(_ENDED)
        if not math.isfinite(step):
            raise HerdbookError(f"step {step} is not finite; give a number such as that of the epoch")
        if os.getpid() != self._process:
            self._tell_child()
            return
        self._record.point(key, step, value)
        if self._has_gap:
            self._close_gap()
        elif self._journal is not None:
            try:
                self._journal.point(key, step, value)
            except OSError as error:
                self._leave_gap(error)

    def _tell_child(self) -> None:
        if not self._has_told_child:
            self._has_told_child = True
            run_id = self._record.data["id"]
            warn(
                f"The run {run_id} is recorded by the process {self._process}, and not in this one, which was"
                " forked from it: what is recorded here is lost. Hand it to that process, through a queue or"
                f' as a result, or begin a run of its own here: start_run(..., parent="{run_id}").'
            )

    def _leave_gap(self, error: OSError) -> None:
        run_id = self._record.data["id"]
        self._has_gap, self._try_at = True, time.monotonic() + _PAUSE
        warn(
            f"the journal of run {run_id}: {error}. It is tried again every few seconds; until that succeeds,"
            " what is recorded is lost if the process is killed."
        )

    def _close_gap(self) -> None:
        """Begin a journal of the whole record in place of the one that lacks something."""
        with self._alone:
            if self._journal is None or self._catalog is None or time.monotonic() < self._try_at:
                return
            self._try_at = time.monotonic() + _PAUSE
            # Runtime errors: another thread adds a point to the record while it is taken down.
            with contextlib.suppress(HerdbookError, OSError, RuntimeError):
                whole = Journal.begin(self._catalog, str(self._record.data["id"]), self._record)
                self._journal.close()
                self._journal, self._has_gap = whole, False

    def end(self) -> None:
        """Write the record for good; nothing is recorded any more.

        Raises:
            HerdbookError: the format does not allow the record at all.
            OSError: it cannot be written anywhere.
        """
        if self._saver is not None:
            self._saver.stop()
        with self._alone:
            self.has_ended = True
        store(self._record.as_file(), self._catalog, begun=self._has_file)
        if self._journal is not None:
            self._journal.end()
            self._journal = None
