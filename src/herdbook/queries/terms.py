"""The terms of a search for runs: names, comparisons, orders; MLflow's, and a few of Herdbook's own."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Final


class Entity(StrEnum):
    """What a name is the name of; the value is how MLflow's users write it."""

    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    ATTRIBUTE = "attributes"
    DATASET = "datasets"


@dataclass(frozen=True, slots=True)
class Name:
    """What is compared, sorted by, or shown.

    Attributes:
        entity: metrics, params, tags, attributes or datasets.
        key: the metric, parameter, tag or attribute; of datasets name, digest or context.
    """

    entity: Entity
    key: str

    @property
    def is_time(self) -> bool:
        """Whether it stands for a time, in milliseconds since 1970."""
        return self.entity is Entity.ATTRIBUTE and self.key in ("start_time", "end_time")

    def __str__(self) -> str:
        if self.entity is Entity.ATTRIBUTE:
            return self.key
        if KEY.fullmatch(self.key):
            return f"{self.entity}.{self.key}"
        quote = next((quote for quote in "`\"'" if quote not in self.key), "`")
        return f"{self.entity}.{quote}{self.key}{quote}"


class Comparator(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a run.

    Attributes:
        name: what is compared.
        comparator: how.
        value: a number for metrics and, in milliseconds since 1970, for times; a tuple for IN and NOT IN;
            `None` for IS NULL and IS NOT NULL; and else a text.
    """

    name: Name
    comparator: Comparator
    value: str | float | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Order:
    """What runs are sorted by.

    Attributes:
        name: what is looked at.
        ascending: whether the smallest comes first.
    """

    name: Name
    ascending: bool


Known = Callable[[], Mapping[Entity, Collection[str]]]
"""Tells which metrics, parameters and tags there are."""

KEY: Final = re.compile(r"\w++(?:\.\w++)*+")
"""A key that needs no quotes."""

ATTRIBUTES: Final = (
    *("run_id", "run_name", "experiment", "type", "status", "user_id", "start_time", "end_time"),
    *("artifact_uri", "dataset"),
)
DATASET: Final = Name(Entity.ATTRIBUTE, "dataset")
"""The datasets that a run read, each as ``orders/v2.1`` and as ``orders``."""

DATASET_KEYS: Final = ("name", "digest", "context")
LISTED: Final = ("run_id", "experiment", "type", "dataset")
"""The attributes that can be compared with a list of texts."""

ENTITIES: Final[Mapping[str, Entity]] = {
    **{entity.value: entity for entity in Entity},
    "metric": Entity.METRIC,
    "param": Entity.PARAM,
    "parameter": Entity.PARAM,
    "parameters": Entity.PARAM,
    "tag": Entity.TAG,
    "attr": Entity.ATTRIBUTE,
    "attribute": Entity.ATTRIBUTE,
    "run": Entity.ATTRIBUTE,
    "dataset": Entity.DATASET,
}
ALIASES: Final[Mapping[str, str]] = {
    "created": "start_time",
    "Created": "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
    "experiment_name": "experiment",
}
# What the files of the catalog, or other tools, call an attribute.
_CALLED_ELSEWHERE: Mapping[str, str] = {
    "id": "run_id",
    "name": "run_name",
    "title": "run_name",
    "user": "user_id",
    "started_at": "start_time",
    "ended_at": "end_time",
    "experiment_id": "experiment",
    "datasets": "dataset",
}
# Looking for names that are alike takes time for each of them.
_MOST_ALIKE = 2_000

_NUMERIC = (
    *(Comparator.EQUAL, Comparator.UNEQUAL, Comparator.LESS, Comparator.AT_MOST),
    *(Comparator.MORE, Comparator.AT_LEAST),
)
_TEXTUAL = (Comparator.EQUAL, Comparator.UNEQUAL, Comparator.LIKE, Comparator.ILIKE)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def comparators(name: Name) -> tuple[Comparator, ...]:
    """Return how something can be compared."""
    if name.entity is Entity.METRIC or name.is_time:
        return _NUMERIC
    if name.entity in (Entity.PARAM, Entity.TAG):
        return (*_TEXTUAL, Comparator.IS_NULL, Comparator.IS_NOT_NULL)
    if name.entity is Entity.DATASET or name.key in LISTED:
        return (*_TEXTUAL, Comparator.IN, Comparator.NOT_IN)
    return _TEXTUAL


def milliseconds(time: str) -> int | None:
    """Return an ISO 8601 time in milliseconds since 1970, as MLflow counts; `None` for what is none.

    A time without a zone is in UTC, and a date alone is its first moment.
    """
    try:
        moment = datetime.fromisoformat(time)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def nearest(key: str, known: Known, entity: Entity | None = None) -> str:
    """Find what somebody may have meant by a key that does not exist; empty where nothing is near.

    Args:
        key: what they wrote, without an entity.
        known: the keys that exist.
        entity: what they said it was the name of; `None` where they took it for an attribute.
    """
    if entity is None and key.lower() in _CALLED_ELSEWHERE:
        return _CALLED_ELSEWHERE[key.lower()]
    keys = known()
    for other, listed in keys.items():
        if key in listed:
            return str(Name(other, key))
    alike = {} if entity else {name: ALIASES.get(name, name) for name in (*ATTRIBUTES, *ALIASES)}
    for other, listed in keys.items():
        if entity in (None, other):
            for name in sorted(listed)[:_MOST_ALIKE]:
                alike.setdefault(name, str(Name(other, name)))
    near = get_close_matches(key, alike, 1) or get_close_matches(key.lower(), alike, 1)
    return alike[near[0]] if near else ""
