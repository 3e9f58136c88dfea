"""completion: the words that a shell offers when somebody presses the tabulator."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import BashComplete, add_completion_class, get_completion_class, split_arg_string

if TYPE_CHECKING:
    from herdbook.listing import Listing

Completer = Callable[[click.Context, click.Parameter, str], list[str]]

_PROGRAM, _VARIABLE = "herdbook", "_HERDBOOK_COMPLETE"


def _completer(words: "Callable[[Listing, dict[str, Any], str], Iterable[str]]") -> Completer:
    """Make a completer of what a catalog holds, of the parameters given so far, and of what was typed."""

    def complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
        from herdbook.listing import Listing

        # Where the catalog is said later on the line, nobody knows yet; then it is the usual one.
        folder = context.params.get("catalog_dir") or Path("catalog")
        found = dict.fromkeys(words(Listing(folder), context.params, typed))
        return [word for word in found if word.startswith(typed)]

    return complete


def _models(listing: "Listing", typed: str) -> Iterator[str]:
    """Models, and of the only one that it can be also what there is of it."""
    name = typed.partition("@")[0].partition("/")[0]
    if name == typed:
        alike = [model for model in listing.models() if model.startswith(typed)]
        yield from alike
        name = alike[0] if len(alike) == 1 else typed
    yield from (f"{name}@{alias}" for alias in listing.aliases(name))
    yield from (f"{name}/{version}" for version in listing.versions(name))


def _datasets(listing: "Listing", typed: str) -> Iterator[str]:
    name = typed.partition("/")[0]
    if name == typed:
        alike = [dataset for dataset in listing.datasets() if dataset.startswith(typed)]
        yield from alike
        name = alike[0] if len(alike) == 1 else typed
    yield from (f"{name}/{version}" for version in listing.dataset_versions(name))


def _runs(listing: "Listing", typed: str) -> Iterator[str]:
    name, slash, _ = typed.partition("/")
    if not slash:
        yield from listing.runs()
    yield from (f"{name}/{output}" for output in listing.outputs(name))


def _endpoints(listing: "Listing", typed: str) -> Iterator[str]:
    yield from listing.endpoints()


_KINDS = {"models": _models, "datasets": _datasets, "endpoints": _endpoints, "runs": _runs}


def _references(listing: "Listing", given: dict[str, Any], typed: str) -> Iterator[str]:
    kind, colon, rest = typed.partition(":")
    if colon:
        names = _KINDS[kind](listing, rest.removeprefix("/")) if kind in _KINDS else ()
        yield from (f"{kind}:/{name}" for name in names)
        return
    for kind, names_of in _KINDS.items():
        if typed:
            yield f"{kind}:/"
        # Runs are many: they are offered once something of a name is there.
        if typed or kind != "runs":
            yield from names_of(listing, typed)


def _prefixed(kind: str, names: Iterable[str], typed: str) -> Iterator[str]:
    """Names as they are, or with the prefix of their kind where somebody types it."""
    return (f"{kind}:/{name}" for name in names) if typed.startswith(f"{kind}:") else iter(names)


def _dataset_versions(listing: "Listing", given: dict[str, Any], typed: str) -> Iterator[str]:
    names = (f"{name}/{version}" for name in listing.datasets() for version in listing.dataset_versions(name))
    return _prefixed("datasets", names, typed)


def _model_of(given: dict[str, Any]) -> str:
    return str(given.get("model") or "").removeprefix("models:/")


references = _completer(_references)
models = _completer(lambda listing, given, typed: _prefixed("models", listing.models(), typed))
versions = _completer(lambda listing, given, typed: listing.versions(_model_of(given)))
aliases = _completer(lambda listing, given, typed: listing.aliases(_model_of(given)))
model_versions = _completer(
    lambda listing, given, typed: _prefixed("models", _models(listing, typed.removeprefix("models:/")), typed)
)
datasets = _completer(lambda listing, given, typed: _prefixed("datasets", listing.datasets(), typed))
dataset_versions = _completer(_dataset_versions)
runs = _completer(
    lambda listing, given, typed: _prefixed("runs", _runs(listing, typed.removeprefix("runs:/")), typed)
)
people = _completer(lambda listing, given, typed: listing.people())


def rules(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The rules."""
    from herdbook.rules import RULES

    return [rule.ID for rule in RULES if rule.ID.startswith(typed)]


def kinds(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """The kinds of entries."""
    from herdbook.schema import KINDS

    return [kind for kind in KINDS if kind.startswith(typed)]


@add_completion_class
class _Bash(BashComplete):
    """Completion for Bash, which takes colons, equals and at signs for what is between words.

    So the line is sent as it stands, and what Bash takes for earlier words is taken off the answers.
    """

    source_template = r"""
%(complete_func)s() {
    local line=${COMP_LINE:0:COMP_POINT} type value kept='' rest
    local word=${line##*[[:space:]]}
    # The word that Bash replaces begins behind a colon or an equals sign, and at an at sign.
    rest=${word##*[:=]}
    [[ $COMP_WORDBREAKS == *:* ]] && kept=${word%%"$rest"}
    [[ $COMP_WORDBREAKS == *@* && $rest == *@* ]] && kept=$kept${rest%%@*}
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                [[ $value == *[:/@] ]] && compopt -o nospace
                COMPREPLY+=("${value#"$kept"}")
                ;;
        esac
    done < <(COMP_LINE=$line %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
""".lstrip()

    def source(self) -> str:
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        typed = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], typed


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes commands, references and names.

    In Bash: eval "$(herdbook completion bash)". In Zsh: eval "$(herdbook completion zsh)". In Fish: herdbook
    completion fish | source. Each belongs into the file that the shell reads when it starts.
    """
    completing = get_completion_class(shell)
    assert completing is not None, "click knows these shells"
    script = completing(context.find_root().command, {}, _PROGRAM, _VARIABLE).source()
    click.echo(script.strip())
