"""The command line: parse, call one function, choose a report, print, exit code."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from herdbook import __version__
from herdbook.errors import HerdbookError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_PROGRAM = "herdbook"
_ASKED_FOR_WORDS = "_HERDBOOK_COMPLETE"
_COMMANDS = {
    "init": ("beginning", "Begin a catalog, and connect editors and git to it."),
    "check": ("checking", "Check the catalog against its policy."),
    "gate": ("gating", "Judge a change by the policy of the branch that it is for."),
    "gate-run": ("gating", "Judge whether a run has the lineage to register something from it."),
    "rules": ("reference", "List the rules."),
    "explain": ("reference", "Print the page of a rule."),
    "trace": ("asking", "Which data, code, parameters and environment are behind something."),
    "impact": ("asking", "What depends on something; first what is in production."),
    "diff": ("changing", "What a change changes: entries, what is in force, policy, lineage."),
    "compare": ("comparing", "What differs between two versions or runs, the likeliest cause first."),
    "reproduce": ("comparing", "How to make something again, step by step or as a script."),
    "status": ("asking", "Whether something is approved for production, by whom, on what evidence."),
    "history": ("history", "Every promotion of a model, and what was in force at a time."),
    "resolve": ("asking", "What an alias or a label stands for: version, artifact, digest."),
    "runs": ("searching", "Find runs in MLflow's filter language."),
    "new": ("creating", "Add a dataset, a model, an endpoint or a run."),
    "dataset": ("adding", "Add a version of a dataset: digest, size, rows, columns."),
    "register": ("registering", "Make what a run made the next version of a model."),
    "card": ("describing", "Write the card of a model or of a version of it."),
    "describe": ("describing", "Change the title, the description or the notes of an entry."),
    "tag": ("annotating", "Set or remove a tag of an entry."),
    "alias": ("moving", "Let an alias of a model point to a version, or to nothing."),
    "promote": ("moving", "Make the challenger of a model its champion."),
    "rollback": ("moving", "Make the champion before the champion again."),
    "stage": ("moving", "Move a version of a model to a stage."),
    "deprecate": ("annotating", "Say that a version of a model is not to be used any more."),
    "recall": ("annotating", "Withdraw a version of a dataset, and say what depends on it."),
    "waive": ("annotating", "Excuse an entry from a rule, until a day."),
    "rename": ("renaming", "Call something by another name, wherever it stands."),
    "fmt": ("formatting", "Lay out the files of the catalog canonically."),
    "recover": ("recording", "Bring what killed runs recorded into their files."),
    "import": ("importing", "Bring in what other systems hold."),
    "export": ("exporting", "Write what the catalog holds in the formats of others."),
    "schema": ("reference", "Print the JSON Schema of a kind of entry."),
    "build": ("site", "Build the site."),
    "merge-site": ("site", "Merge the shards of a site that several machines built."),
    "serve": ("site", "Build the site, serve it here, and rebuild it on changes."),
    "ci": ("adopting", "Write the CI files of the gate into a repository; read the reviews of a change."),
    "doctor": ("adopting", "What a repository lacks for the gate to hold."),
    "completion": ("completing", "Print the script by which a shell completes commands and names."),
}


class _ReaderGone(Exception):
    """The reader of our output went away, as `head` does."""


@contextmanager
def _watching_the_reader() -> Iterator[None]:
    # click itself would end the program with exit code 1, which says that something was found.
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGone from error


class _Commands(click.Group):
    """Loads a command's module only when it is called, so that help and completion answer at once."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _watching_the_reader():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _watching_the_reader():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"herdbook.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem[str]"]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=summary) for name, (_, summary) in _COMMANDS.items()]
        named = [item for item in found if item.value.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="herdbook %(version)s")
def herdbook() -> None:
    """Herdbook: the record of models, data and runs, kept in git.

    Exit codes: 0 passed, 1 findings, 2 wrong input or environment, 3 reading or writing failed,
    4 a lost race.
    """


def main() -> None:
    """Run the command line and exit."""
    # A catalog is millions of small values that stay until the end and hold no cycles. Looking through them
    # for garbage as often as Python does by itself takes a third of the time of a check.
    gc.set_threshold(500_000, 20, 100)
    signals: list[int] = []
    _end_on_signals(signals)
    for stream in (sys.stdout, sys.stderr):
        # What the terminal cannot show is shown as an escape. A closed stream is None.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if _ASKED_FOR_WORDS in os.environ:
            import_module("herdbook.cli.completing")  # click's own answers suit other shells than Bash
        code = herdbook.main(prog_name=_PROGRAM, complete_var=_ASKED_FOR_WORDS, standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except HerdbookError as error:
        code = _failed(str(error), error.exit_code)
    except _ReaderGone:
        code = 141
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        place, why = error.filename or "input/output", error.strerror or error
        code = _failed(f"{place}: {why}; see to that, and run the command again", 3)
    except Exception as error:
        if "HERDBOOK_DEBUG" in os.environ:
            raise
        if signals:  # a library has made another error of it
            code = 128 + signals[0]
        else:
            code = _failed(
                f"this is a fault of herdbook itself ({type(error).__name__}: {error}); "
                "run again with HERDBOOK_DEBUG=1 and report what it prints",
                2,
            )
    _let_go_of_output()
    # At its end, Python looks through all that is left for garbage, several times over.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


def _end_on_signals(came: list[int]) -> None:
    """Let signals end the program as an error does, so that what is half done is undone; note which came."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # not every system has all
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, end)


def _let_go_of_output() -> None:
    """Drop what could not be written, or Python tries once more at its end and replaces the exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(message: str, code: int) -> int:
    from herdbook.reports.terminal import printable

    click.echo(f"herdbook: {printable(message)}", err=True)
    return code
