"""The tags of a run say the same as its record.

Why: people search by tags and trust them. A tag `git_commit` that names other code than `code.commit`, or a
tag `dataset_version` that names other data than the inputs, sends them to the wrong place.

`git_commit` must be the beginning of `code.commit` (or the whole of it). `dataset_version` names dataset
versions as `orders_v2.1+users_v3.0`, in any order; instead of `_` also `/`, `@`, `:` or `-`, instead of `+`
also a comma, a semicolon or a blank, and of a dataset that is known the version alone. What a run made may
be named, too. Only what can be understood can contradict: a tag of another form, or one that leaves some
inputs out, is left alone.

Bad:

```yaml
# runs/churn/train-2.yaml
tags:
  dataset_version: orders_v1  # <- here
  git_commit: 9e107d9  # <- here
  triggered_by: ci/github-actions
```

Good:

```yaml
# runs/churn/train-2.yaml
tags:
  dataset_version: orders_v2
  git_commit: 0f4b1c3
  triggered_by: ci/github-actions
```
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Input, Run
from herdbook.finding import Finding, Related, Severity
from herdbook.ref import Kind, Ref
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "tag-contradicts-lineage", "lineage", Severity.ERROR

_COMMIT = re.compile(r"([0-9a-f]{6,64})(?:[-+]dirty)?", re.IGNORECASE)
_BETWEEN_VERSIONS = re.compile(r"[+,;\s]+")
_BETWEEN_NAME_AND_VERSION = re.compile(r"[_/@:=-]+")
_VERSION = re.compile(r"v?[0-9][\w.-]*", re.IGNORECASE)
_LONGEST_NAME = 128

Versions = Mapping[str, set[str]]
"""The versions of each dataset; names and versions in the form in which they are compared."""
Judge = Callable[[str, tuple[Ref, ...], bool], tuple[str, ...]]
"""Gives the parts of a tag that contradict what a run read; see `_contradicting`."""


def check(context: Context) -> Iterator[Finding]:
    """Report the tags git_commit and dataset_version that name something else than the record does."""
    versions: dict[str, set[str]] = defaultdict(set)
    for dataset, version in context.catalog.dataset_versions:
        versions[dataset.casefold()].add(_plain(version))
    for dataset in context.catalog.datasets:
        versions[dataset.casefold()]
    # Dozens of runs in a row read the same data, and say so in the same words.
    judge: Judge = lru_cache(maxsize=1000)(partial(_contradicting, versions))
    for run in context.catalog.runs.values():
        tags = run.tags
        if "git_commit" in tags:
            yield from _commit(run, tags["git_commit"].strip())
        if "dataset_version" in tags:
            yield from _datasets(context, run, tags["dataset_version"], versions, judge)


def _commit(run: Run, tag: str) -> Iterator[Finding]:
    commit, match = run.code.commit, _COMMIT.fullmatch(tag)
    if commit and match is not None and not commit.startswith(match[1].lower()):
        yield Finding(
            ID,
            SEVERITY,
            f'the tag "git_commit" of run {run.id} names another commit than code.commit',
            run.at("tags", "git_commit"),
            f"Set it to {commit[:7]}, or mend code.commit.",
            (Related(f"the run ran commit {commit[:12]}", run.at("code", "commit")),),
        )


def _datasets(context: Context, run: Run, tag: str, versions: Versions, judge: Judge) -> Iterator[Finding]:
    inputs = run.inputs
    read = {item.route: ref for item in inputs if (ref := _dataset_version(context.catalog, item))}
    # Where all inputs are known, the run read no other dataset; elsewhere it may have, under another name.
    others = len(read) == len(inputs) or all(item.route in read or _is_model(item) for item in inputs)
    tokens = judge(tag, tuple(read.values()), others) if read else ()
    made = _made(context, run) if tokens else {}
    for token in tokens:
        if not _is_among(made, token, versions):
            right = "+".join(f"{ref.name}_{ref.version}" for ref in read.values())
            yield Finding(
                ID,
                SEVERITY,
                f'the tag "dataset_version" of run {run.id} names {token}, which the run did not read',
                run.at("tags", "dataset_version"),
                f"Set it to {right}, or mend the inputs.",
                tuple(Related(f"it read {ref}", run.at(*route)) for route, ref in read.items()),
            )
            return


def _contradicting(versions: Versions, tag: str, read: tuple[Ref, ...], others: bool) -> tuple[str, ...]:
    """The parts of a tag that name other dataset versions than those that a run read."""
    of_run: dict[str, set[str]] = defaultdict(set)
    for ref in read:
        of_run[ref.name.casefold()].add(_plain(ref.version or ""))
    tokens = _BETWEEN_VERSIONS.split(tag.replace("datasets:/", ""))
    return tuple(token for token in tokens if _contradicts(token, of_run, versions, others))


def _made(context: Context, run: Run) -> Versions:
    """The dataset versions that a run made."""
    made: dict[str, set[str]] = defaultdict(set)
    for entry in context.made_by(run):
        if isinstance(entry, DatasetVersion):
            made[entry.dataset.casefold()].add(_plain(entry.version))
    return made


def _is_among(made: Versions, token: str, versions: Versions) -> bool:
    """Tell whether a part of a tag names what the run made."""
    named = _named(token, versions)
    if named is not None:
        return named[1] in made.get(named[0], ())
    alone = _plain(token)
    return any(alone not in versions.get(name, ()) or alone in found for name, found in made.items())


def _is_model(item: Input) -> bool:
    return item.ref is not None and item.ref.kind is Kind.MODEL


def _dataset_version(catalog: Catalog, item: Input) -> Ref | None:
    """The dataset version that an input is, or that it became when it is the output of another run."""
    ref = item.ref
    if ref is not None and ref.kind is Kind.RUN and ref.output is not None:
        run = catalog.resolve(ref)
        output = run.output(ref.output) if isinstance(run, Run) else None
        ref = output.dataset.ref if output is not None and output.dataset is not None else None
    return ref if ref is not None and ref.kind is Kind.DATASET and ref.version is not None else None


def _contradicts(token: str, of_run: Versions, versions: Versions, others: bool) -> bool:
    """Tell whether a part of the tag names a dataset version, but none of the run's.

    `others`: whether naming a dataset contradicts when the run has no version of it at all.
    """
    named = _named(token, versions)
    if named is not None:
        name, version = named
        return version not in of_run[name] if name in of_run else others
    alone = _plain(token)
    return any(alone in versions.get(name, ()) for name in of_run) and not any(
        alone in found for found in of_run.values()
    )


def _named(token: str, versions: Versions) -> tuple[str, str] | None:
    """The dataset and the version that a part of a tag names; `None` where it names no dataset."""
    for separator in reversed([*_BETWEEN_NAME_AND_VERSION.finditer(token)]):
        if separator.start() > _LONGEST_NAME:
            continue
        name, version = token[: separator.start()].casefold(), token[separator.end() :]
        if name in versions and (_VERSION.fullmatch(version) or _plain(version) in versions[name]):
            return name, _plain(version)
    return None


def _plain(version: str) -> str:
    """A version without case and without a v in front of a number: how people write it varies."""
    plain = version.casefold()
    return plain[1:] if plain[:1] == "v" and "0" <= plain[1:2] <= "9" else plain
