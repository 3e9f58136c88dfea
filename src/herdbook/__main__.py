"""The program: what `herdbook` and ``python -m herdbook`` start, in a process of its own."""

import atexit
import contextlib
import gc
import os
import sys


def main() -> None:
    """Load the command line, run it, and end the process."""
    # All that is loaded stays until the end: looking through it for garbage, now or later, is in vain.
    gc.disable()
    from herdbook.cli import main as command_line

    gc.freeze()
    gc.enable()
    end = _End()
    atexit.register(end)
    try:
        command_line()
    except SystemExit as error:
        end.code = error.code
        raise


class _End:
    """Ends the process, once all else is done that was to be done at its end.

    Python would take apart first all that is in memory, value by value, and the system takes it back anyway.
    """

    def __init__(self) -> None:
        self.code: object = None
        """What the process ends with; where it is no number, Python knows what to do."""

    def __call__(self) -> None:
        """End it. What is registered first, before any command can register anything, is called last."""
        if isinstance(self.code, int):
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(
                    AttributeError, OSError, ValueError
                ):  # there is none, or not any more
                    stream.flush()
            os._exit(self.code)


if __name__ == "__main__":
    main()
