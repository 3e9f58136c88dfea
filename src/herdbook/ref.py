"""References to entries: MLflow's URIs, extended to every kind.

One grammar for YAML, the command line, URLs and JSON::

    models:/clf_orders            a model
    models:/clf_orders/7          a version, by number or by label
    models:/clf_orders@champion   whatever version an alias points to
    runs:/exp-47b                 a run
    runs:/exp-47b/model           an output of a run
    datasets:/orders              a dataset
    datasets:/orders/v2.1         a version of it
    endpoints:/predict            an endpoint

In a typed field the prefix is left out: ``dataset: orders/v2.1``.
For every reference, ``Ref.parse(str(ref)) == ref``.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from herdbook.errors import HerdbookError
from herdbook.formats import clipped

_LONGEST_NAME = 128
_NAME = re.compile(
    r"(?!(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z))"  # what Windows reserves, with any extension
    r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|\Z))*"
)


class RefError(HerdbookError):
    """A text that is no reference."""


class Kind(StrEnum):
    """What a reference can name; the value is the prefix in front of ``:/``."""

    MODEL = "models"
    RUN = "runs"
    DATASET = "datasets"
    ENDPOINT = "endpoints"

    # That of enumerations is written in Python, and part of that of every reference.
    __hash__ = str.__hash__


def is_name(text: str) -> bool:
    """Tell whether `text` can name an entry.

    Names are file names and URLs too: letters, digits, ``.``, ``_``, ``-``, beginning with a letter or a
    digit, at most 128, no ``..``, no trailing dot, and nothing that Windows reserves.
    """
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A reference; at most one of version (a number or a label), alias and output is set."""

    kind: Kind
    name: str
    version: str | None = None
    alias: str | None = None
    output: str | None = None

    @classmethod
    def model(cls, name: str, version: int | str | None = None, *, alias: str | None = None) -> "Ref":
        """Refer to a model, one of its versions, or one of its aliases."""
        return cls(Kind.MODEL, name, version=None if version is None else str(version), alias=alias)

    @classmethod
    def run(cls, run_id: str, output: str | None = None) -> "Ref":
        """Refer to a run or to one of its outputs."""
        return cls(Kind.RUN, run_id, output=output)

    @classmethod
    def dataset(cls, name: str, version: str | None = None) -> "Ref":
        """Refer to a dataset or to one of its versions."""
        return cls(Kind.DATASET, name, version=version)

    @classmethod
    def endpoint(cls, name: str) -> "Ref":
        """Refer to an endpoint."""
        return cls(Kind.ENDPOINT, name)

    @classmethod
    def parse(cls, text: str, kind: Kind | None = None) -> "Ref":
        """Read a reference; with `kind`, also one without its prefix.

        Raises:
            RefError: `text` is not of the grammar.
        """
        return _parsed(text, kind)

    @classmethod
    def written(cls, text: str) -> "Ref":
        """The reference that was written as some text; its names are not looked at again."""
        prefix, _, rest = text.partition(":/")
        return _split(Kind(prefix), rest)

    @property
    def short(self) -> str:
        """The reference as a typed field holds it, without its prefix."""
        if self.alias is not None:
            return f"{self.name}@{self.alias}"
        tail = self.version if self.version is not None else self.output
        return self.name if tail is None else f"{self.name}/{tail}"

    def __str__(self) -> str:
        return f"{self.kind}:/{self.short}"


_PREFIXES = ", ".join(f"{kind}:/" for kind in Kind)
_FORMS = {
    Kind.MODEL: "models:/<model>, models:/<model>/<version> or models:/<model>@<alias>",
    Kind.RUN: "runs:/<run> or runs:/<run>/<output>",
    Kind.DATASET: "datasets:/<dataset> or datasets:/<dataset>/<version>",
    Kind.ENDPOINT: "endpoints:/<endpoint>",
}


# The same few references stand in most files.
@lru_cache(maxsize=2**15)
def _parsed(text: str, kind: Kind | None) -> Ref:
    prefix, separator, rest = text.partition(":/")
    if separator:
        if prefix not in Kind.__members__.values():
            raise RefError(f"{_quoted(text)} begins with no kind of entry: use {_PREFIXES}")
        if kind is not None and prefix != kind:
            raise RefError(f"{_quoted(text)} is of {prefix}:/, but {kind}:/ belongs here")
        kind = Kind(prefix)
    elif kind is None:
        raise RefError(f"{_quoted(text)} says no kind of entry: put {_PREFIXES} in front")
    else:
        rest = text
    ref = _split(kind, rest)
    if not all(is_name(part) for part in (ref.name, ref.version, ref.alias, ref.output) if part is not None):
        raise RefError(f"{_quoted(text)} is no reference: write {_FORMS[kind]}")
    return ref


def _split(kind: Kind, rest: str) -> Ref:
    # As MLflow does it, the alias begins at the last "@".
    name, at, alias = rest.rpartition("@")
    if at and kind is Kind.MODEL:
        return Ref(kind, name, alias=alias)
    name, slash, tail = rest.partition("/")
    if not slash or kind is Kind.ENDPOINT:
        return Ref(kind, rest)
    return Ref(kind, name, output=tail) if kind is Kind.RUN else Ref(kind, name, version=tail)


def _quoted(text: str) -> str:
    return repr(clipped(text, 80))
