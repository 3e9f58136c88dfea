"""Run a command again and again; each time another one of the system calls fails that it writes with.

It runs in a process of its own: `python faults.py FOLDER MODE ERRORS MODULES WORD...`. FOLDER holds a
catalog; MODE is one of `turns`, `each` and `lasting`; ERRORS says with what calls fail, such as `EIO,ENOSPC`,
or which signal comes right behind them, such as `SIGTERM`; MODULES, on whose behalf the calls are made that
count. What it prints is JSON: what came of each run.

Calls are those of Python's `os`, `fcntl` and `io`, so that neither a tracer nor a disk of one's own is
needed. Each run is a copy of this process.
"""

import errno
import fcntl
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

CALLS = {
    os: (
        *("open", "close", "read", "write", "fsync", "stat", "lstat", "fstat", "chmod", "mkdir", "rmdir"),
        *("unlink", "rename", "replace", "link", "listdir", "scandir"),
    ),
    fcntl: ("flock",),
}


NEEDS_ROOM = {"open", "write", "fsync", "mkdir", "link", "close"}


@dataclass
class Faults:
    """Counts the calls, and lets one of them fail.

    Attributes:
        modules: the files of the modules on whose behalf they are made.
        fails: which one fails, from 0.
        error: with what.
        lasting: so do all after it; where the disk is full, those that need room.
        made: the names of the calls so far.
    """

    modules: tuple[str, ...]
    fails: int = sys.maxsize
    error: int = 0
    lasting: bool = False
    made: list[str] = field(default_factory=list)
    real_open: Callable[..., Any] = io.open

    def meet(self, name: str, path: Any = None) -> None:
        """Note a call, and raise where it is one that fails."""
        if not self._is_ours():
            return
        self.made.append(name)
        number = len(self.made) - 1
        if isinstance(self.error, signal.Signals):
            if number == self.fails:
                os.kill(os.getpid(), self.error)
            return
        lasts = self.lasting and (self.error != errno.ENOSPC or name in NEEDS_ROOM)
        if number == self.fails or (lasts and number > self.fails):
            shown = (os.fspath(path),) if isinstance(path, str | Path) else ()
            raise OSError(self.error, os.strerror(self.error), *shown)

    def _is_ours(self) -> bool:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename.endswith(self.modules):
                return True
            frame = frame.f_back
        return False

    def install(self) -> None:
        """Put this between the program and the system."""
        for module, names in CALLS.items():
            for name in names:
                setattr(module, name, self._instead(name, getattr(module, name)))
        io.open = self._open  # type: ignore[assignment]  # as much of it as is used

    def _instead(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            if name == "close" or isinstance(self.error, signal.Signals):
                try:
                    return call(*arguments, **options)  # what cannot be closed is closed all the same
                finally:
                    self.meet(name)
            self.meet(name, *arguments[:1])
            return call(*arguments, **options)

        return called

    def _open(self, path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        self.meet("open", path)
        if mode == "xb":
            return io.BufferedWriter(_File(self, path, mode))
        return self.real_open(path, mode, *arguments, **options)


class _File(io.FileIO):
    """A file that is written; each write may fail, or write less than all."""

    def __init__(self, faults: Faults, path: Any, mode: str) -> None:
        super().__init__(path, mode)
        self.faults = faults

    def write(self, raw: Any) -> int:
        self.faults.meet("write")
        return super().write(bytes(raw)[:1000])

    def close(self) -> None:
        if not self.closed:
            super().close()
            self.faults.meet("close")


def _command(words: list[str], faults: Faults, folder: Path) -> NoReturn:
    """Run a command in a copy of this process that ends with it."""
    from herdbook.cli import main

    code = 70
    for stream, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), stream)
    try:
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["herdbook", *words]
        faults.install()
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        (folder / "calls").write_text(json.dumps(faults.made))
        os._exit(code)


def _run(pristine: Path, folder: Path, words: list[str], faults: Faults) -> dict[str, Any]:
    folder.mkdir()
    shutil.copytree(pristine, folder / "catalog")
    process = os.fork()
    if process == 0:
        _command(words, faults, folder)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    result = {
        "code": code,
        "stdout": (folder / "stdout").read_text(),
        "stderr": (folder / "stderr").read_text(),
        "calls": json.loads((folder / "calls").read_text()),
        "files": files(folder / "catalog"),
    }
    shutil.rmtree(folder)
    return result


def files(root: Path) -> dict[str, str]:
    """What the files of a catalog hold, by path; the folder of the lock is no part of it."""
    found = (path for path in root.rglob("*") if path.is_file() and ".herdbook" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text() for path in found}


def main() -> None:
    folder, mode, errors, modules, *words = sys.argv[1:]
    ours = tuple(modules.split(","))
    pristine = Path(folder, "catalog")
    # Loaded once, for all copies.
    import herdbook.check
    import herdbook.cli.annotating
    import herdbook.cli.formatting
    import herdbook.cli.moving
    import herdbook.planning.aliases
    import herdbook.planning.carrying_out
    import herdbook.planning.formatting
    import herdbook.reports.text  # noqa: F401

    results = [_run(pristine, Path(folder, "run"), words, Faults(ours))]
    numbers = [getattr(signal if name.startswith("SIG") else errno, name) for name in errors.split(",")]
    for index in range(len(results[0]["calls"])):
        for error in [numbers[index % len(numbers)]] if mode == "turns" else numbers:
            faults = Faults(ours, index, error, lasting=mode == "lasting")
            results.append(_run(pristine, Path(folder, "run"), words, faults))
            results[-1] |= {"error": int(error), "call": index}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
