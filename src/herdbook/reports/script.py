"""A POSIX shell script that makes something again and compares the numbers."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from herdbook.escaping.shell import command, quoted
from herdbook.queries.fetching import Source
from herdbook.queries.reproduce import Environment, Material, Purpose, Reproduction, Rerun

_END = "END_OF_CHECKS"

_HEADER = """\
#!/bin/sh
# Makes again what a catalog has on record, and compares the numbers with those on record. Written by
# `herdbook reproduce`. It runs the code and installs the packages that the catalog names: trust it no more
# than the catalog.
#
#   sh SCRIPT [REPOSITORY]
#
# REPOSITORY            where the code is cloned from, instead of the address on record; without one, the
#                       repository around the working folder
# HERDBOOK_REPOSITORY   the same, as a variable
# HERDBOOK_PYTHON       a Python that has all packages already; no environment is made then
# HERDBOOK_WORK         an empty folder to work in; without it, a new temporary one
# HERDBOOK_ANYWAY=1     go on where it cannot be reproduced exactly
#
# It ends with 0 where all numbers are those on record, 1 where some are not, and 2 where it cannot run.
#
# What is quoted singly is meant as it stands, also where it looks like an expansion or an odd quote.
# shellcheck disable=SC1003,SC1078,SC1079,SC1110,SC1111,SC1112,SC2016
set -eu
"""

_STOP = """
fail() {
    printf '%s\\n' "$1" >&2
    exit 2
}
"""

_SETUP = """
say() {
    printf '%s\\n' "$1"
}

case ${HERDBOOK_PYTHON:-} in
    "" | /*) given_python=${HERDBOOK_PYTHON:-} ;;
    */*) given_python=$(pwd)/$HERDBOOK_PYTHON ;;
    *) given_python=$(command -v "$HERDBOOK_PYTHON") || fail "there is no $HERDBOOK_PYTHON" ;;
esac
repository=${1:-${HERDBOOK_REPOSITORY:-$recorded_repository}}
if [ -z "$repository" ]; then
    repository=$(git rev-parse --show-toplevel) ||
        fail "the record names no repository with the code: give its address, sh SCRIPT REPOSITORY"
fi
work=${HERDBOOK_WORK:-}
if [ -z "$work" ]; then
    work=$(mktemp -d) || fail "no temporary folder can be made: name one in HERDBOOK_WORK"
fi
mkdir -p -- "$work/inputs"
work=$(CDPATH='' cd -- "$work" && pwd)
code=$work/code
[ ! -e "$code" ] || fail "$work is not empty: name another folder in HERDBOOK_WORK"
differing=0
unknown=0
say "Working in $work"

at_commit() {
    if [ ! -e "$code" ]; then
        say "Cloning $repository"
        git clone --quiet --no-checkout -- "$repository" "$code" || fail "$repository cannot be cloned"
    fi
    git -C "$code" checkout --quiet --force --detach "$1" -- ||
        { git -C "$code" fetch --quiet origin "$1" &&
            git -C "$code" checkout --quiet --force --detach "$1" --; } ||
        fail "$repository does not hold the commit $1: name another one, sh SCRIPT REPOSITORY"
    cd -- "$code"
}

find_python() {
    for candidate in "python$1" python3 python; do
        if "$candidate" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$1" \\
            2> "$work/python.log"; then
            interpreter=$candidate
            return
        fi
    done
    fail "there is no Python $1 here: install it, or name one in HERDBOOK_PYTHON"
}

# make_environment NUMBER SERIES PYTHON: with the packages in requirements-NUMBER.txt and the project itself.
make_environment() {
    python=$given_python
    if [ -z "$python" ]; then
        python=$work/environment-$1/bin/python
        if [ ! -e "$python" ]; then
            find_python "$2"
            say "Making the environment with $3"
            "$interpreter" -m venv "$work/environment-$1" || fail "no environment can be made"
            install --requirement "$work/requirements-$1.txt"
            # Records of environments leave out what was installed from a folder, as the project itself is.
            if [ -e setup.py ] || grep -q '^\\[project\\]' pyproject.toml 2> "$work/project.log"; then
                install --no-deps --editable .
            fi
        fi
    fi
}

install() {
    "$python" -m pip install --quiet --disable-pip-version-check "$@" ||
        fail "the packages cannot be installed"
}

# check MESSAGE ARGUMENT...: stop where something is not what it must be; go on where that cannot be told.
check() {
    message=$1
    shift
    status=0
    "$python" "$work/checks.py" "$@" || status=$?
    case $status in
        0) ;;
        3) say "$message: not verified" ;;
        *) fail "$message: it is not what is on record" ;;
    esac
}

# compare NAME NUMBER: the record of a run with what was expected of it.
compare() {
    status=0
    "$python" "$work/checks.py" record "$work/expected-$2.json" "$work/catalog-$2" || status=$?
    case $status in
        0) say "$1: the numbers are those on record" ;;
        3) say "$1: not compared" && unknown=$((unknown + 1)) ;;
        *) say "$1: the numbers differ from those on record" && differing=$((differing + 1)) ;;
    esac
}

# run NUMBER WORD...: a command, in the clone, with the environment in front of everything else.
run() {
    catalog=$work/catalog-$1
    shift
    PATH=$(dirname -- "$python"):$PATH HERDBOOK_CATALOG=$catalog PYTHONDONTWRITEBYTECODE=1 env -- "$@" ||
        fail "the command failed"
}
"""

_FINISH = """
if [ "$differing" -ne 0 ]; then
    say "Not reproduced: the numbers of $differing differ. Everything is in $work"
    exit 1
fi
[ "$unknown" -eq 0 ] || fail "It ran, but $unknown could not be compared. Everything is in $work"
say "Reproduced: all numbers are those on record."
"""


def reproduction_script(answer: Reproduction) -> str:
    """Write the script; it passes shellcheck, whatever the catalog holds."""
    return "".join(_script(answer))


def expected_record(answer: Reproduction, rerun: Rerun) -> str:
    """Write as JSON what the record of a new run is compared with."""
    return json.dumps(
        {
            "id": rerun.run.name,
            "experiment": rerun.experiment,
            "params": dict(rerun.params),
            "seeds": dict(rerun.seeds),
            "metrics": dict(rerun.metrics),
            "slices": [{"by": dict(part.by), "metrics": dict(part.metrics)} for part in rerun.slices],
            "tolerance": answer.tolerance,
        }
    )


def _script(answer: Reproduction) -> Iterator[str]:
    final = any(obstacle.final for obstacle in answer.obstacles)
    yield _HEADER
    yield _STOP
    if answer.obstacles:
        yield from _stopping(answer, final)
    if final or not answer.reruns:
        return
    yield f"\nrecorded_repository={quoted(answer.repository)}\n"
    yield _SETUP
    for note in answer.notes:
        yield f"say {quoted(f'Note: {note}')}\n"
    yield f"\ncat > \"$work/checks.py\" << '{_END}'\n{_checks()}{_END}\n"
    for number, environment in enumerate(answer.environments, 1):
        yield from _requirements(number, environment)
    numbers = {rerun.run: number for number, rerun in enumerate(answer.reruns, 1)}
    for rerun in answer.reruns:
        yield from _function(answer, rerun, {str(run): number for run, number in numbers.items()})
    yield "\n"
    for rerun in answer.reruns:
        if rerun.purpose is not Purpose.INPUT:
            yield f"rerun_{numbers[rerun.run]}\n"
    yield _FINISH


def _stopping(answer: Reproduction, final: bool) -> Iterator[str]:
    lines = [f"{answer.ref} cannot be reproduced exactly because"]
    lines += [f"- {obstacle.message}" for obstacle in answer.obstacles]
    report = f"printf '%s\\n' {_listed(lines)}"
    if final:
        yield f"\n{report} >&2\nfail 'Nothing was run.'\n"
        return
    yield f"\n{report} >&2\n"
    yield "[ \"${HERDBOOK_ANYWAY:-}\" = 1 ] || fail 'Nothing was run; HERDBOOK_ANYWAY=1 goes on.'\n"


def _listed(lines: list[str] | tuple[str, ...]) -> str:
    return "".join(f" \\\n    {quoted(line)}" for line in lines).removeprefix(" ")


@cache
def _checks() -> str:
    return Path(__file__).with_name("reproduced.py").read_text(encoding="utf-8")


def _requirements(number: int, environment: Environment) -> Iterator[str]:
    file = f'"$work/requirements-{number}.txt"'
    if environment.requirements:
        yield f"\nprintf '%s\\n' {_listed(environment.requirements)} > {file}\n"
    elif environment.container:
        said = (
            f"the packages are those of the container {environment.container}: run this in it, and name its"
        )
        message = quoted(f"{said} Python in HERDBOOK_PYTHON")
        yield f'\n[ -n "$given_python" ] || fail {message}\n'
    else:
        yield f"\n: > {file}\n"


def _function(answer: Reproduction, rerun: Rerun, numbers: dict[str, int]) -> Iterator[str]:
    number = numbers[str(rerun.run)]
    environment = answer.environments[rerun.environment]
    commit = f"at_commit {quoted(rerun.commit)}"
    made = command(environment.series or "3", f"Python {environment.python or 3}")
    yield f"\ndone_{number}=no\nrerun_{number}() {{\n"
    yield f'    [ "$done_{number}" = no ] || return 0\n    done_{number}=yes\n    {commit}\n'
    for item in rerun.inputs:
        if item.made_by is not None:
            yield f"    if [ ! -e {_place(item)} ]; then\n"
            yield f"        rerun_{numbers[str(item.made_by)]}\n        {commit}\n    fi\n"
    yield f"    make_environment {rerun.environment + 1} {made}\n"
    for item in rerun.inputs:
        yield from (f"    {line}\n" for line in _input(item))
    yield f"    say {quoted(f'Running {rerun.run}')}\n"
    yield f'    mkdir -p -- "$work/catalog-{number}"\n'
    yield f"    run {number} {_command(rerun)}\n"
    for output in rerun.outputs:
        yield f"    check {command(output.name, 'digest', f'./{output.path}', output.digest)}\n"
    if rerun.metrics or rerun.slices:
        expected = quoted(expected_record(answer, rerun))
        yield f"    printf '%s\\n' {expected} > \"$work/expected-{number}.json\"\n"
        yield f"    compare {quoted(str(rerun.run))} {number}\n"
    yield "}\n"


def _command(rerun: Rerun) -> str:
    hash_seed = next((seed for name, seed in rerun.seeds.items() if name.upper() == "PYTHONHASHSEED"), None)
    variables = "" if hash_seed is None else f"PYTHONHASHSEED={hash_seed} "
    if not rerun.words:
        return variables + command("sh", "-c", rerun.command)
    # Variables may be set in front of the program.
    before = 0
    while before < len(rerun.words) - 1 and "=" in rerun.words[before]:
        before += 1
    program = rerun.words[before]
    words = list(map(quoted, rerun.words))
    if program.rpartition("/")[2].rstrip("0123456789.") == "python":
        words[before] = '"$python"'
    return variables + " ".join(words)


def _input(item: Material) -> Iterator[str]:
    place = _place(item)
    match item.source:
        case Source.COMMAND:
            words = [place if word == item.path else quoted(word) for word in item.command]
            failed = quoted(f"{item.name} cannot be fetched")
            yield f"[ -e {place} ] || {' '.join(words)} || fail {failed}"
        case Source.HAND:
            if not item.path:
                return
            asked = quoted(f"fetch {item.name} by hand, as ")
            yield f"[ -e {place} ] || fail {asked}{place}"
        case Source.PACKAGE:
            if item.digest:
                yield f"check {command(item.name, 'package', item.uri, item.path, item.digest)}"
            return
        case Source.REPOSITORY:
            missing = quoted(f"{item.name} is not in the repository, as {item.path}")
            yield f"[ -e {place} ] || fail {missing}"
    if item.digest and item.exact:
        yield f"check {quoted(item.name)} digest {place} {quoted(item.digest)}"


def _place(item: Material) -> str:
    """Where an input is, as the word of a command in the clone; never one that begins with a hyphen."""
    return f'"$work/inputs/"{quoted(item.path)}' if item.outside else quoted(f"./{item.path}")
