"""Names, comparisons, and times of a search for runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.queries.filters import parse_columns
from herdbook.queries.terms import ATTRIBUTES, Comparator, Entity, Name, comparators, milliseconds, nearest

KNOWN = {
    Entity.METRIC: {"accuracy", "val.auc", "loss"},
    Entity.PARAM: {"learning_rate", "loss"},
    Entity.TAG: {"git commit"},
}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (Name(Entity.ATTRIBUTE, "run_id"), "run_id"),
        (Name(Entity.METRIC, "val.auc"), "metrics.val.auc"),
        (Name(Entity.PARAM, "größe_2"), "params.größe_2"),
        (Name(Entity.TAG, "a b"), "tags.`a b`"),
        (Name(Entity.TAG, ".a"), "tags.`.a`"),
        (Name(Entity.TAG, "a`b"), 'tags."a`b"'),
        (Name(Entity.TAG, 'a`"b'), "tags.'a`\"b'"),
        (Name(Entity.DATASET, "digest"), "datasets.digest"),
    ],
)
def test_a_name_is_written_so_that_it_can_be_read(name: Name, written: str) -> None:
    assert str(name) == written
    assert parse_columns(written) == (name,)


@given(st.sampled_from(list(Entity)[:3]), st.text(st.characters(exclude_characters="`"), min_size=1))
def test_any_name_without_a_backtick_is_read_as_it_is_written(entity: Entity, key: str) -> None:
    name = Name(entity, key)
    assert parse_columns(str(name)) == (name,)


def test_every_comparator_is_somebodys() -> None:
    names = [Name(Entity.ATTRIBUTE, key) for key in ATTRIBUTES]
    names += [Name(entity, "name") for entity in Entity if entity is not Entity.ATTRIBUTE]
    assert {comparator for name in names for comparator in comparators(name)} == set(Comparator)
    assert all({Comparator.EQUAL, Comparator.UNEQUAL} <= set(comparators(name)) for name in names)


def test_only_times_are_times() -> None:
    assert [key for key in ATTRIBUTES if Name(Entity.ATTRIBUTE, key).is_time] == ["start_time", "end_time"]
    assert not Name(Entity.METRIC, "start_time").is_time


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("1970-01-02", 86_400_000),
        ("1970-01-01T00:00:01", 1_000),
        ("1970-01-01 00:00:01.5Z", 1_500),
        ("1970-01-01T00:00:00.123456789Z", 123),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:59:59.9995Z", -1),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("", None),
        ("2024", None),
        ("2024-02-30", None),
        ("yesterday", None),
        ("1710493920000", None),
    ],
)
def test_times_in_milliseconds(time: str, expected: int | None) -> None:
    assert milliseconds(time) == expected


@pytest.mark.parametrize(
    ("key", "entity", "meant"),
    [
        ("accuracy", None, "metrics.accuracy"),
        ("acuracy", None, "metrics.accuracy"),
        ("Accuracy", None, "metrics.accuracy"),
        ("git commit", None, "tags.`git commit`"),
        ("loss", None, "metrics.loss"),
        ("start_tim", None, "start_time"),
        ("experiment_nam", None, "experiment"),
        ("started_at", None, "start_time"),
        ("User", None, "user_id"),
        ("zzzzzz", None, ""),
        ("accuracy", Entity.PARAM, "metrics.accuracy"),
        ("learning_rat", Entity.PARAM, "params.learning_rate"),
        # What is alike elsewhere is no slip of the pen any more.
        ("learning_rat", Entity.METRIC, ""),
        ("start_time", Entity.METRIC, ""),
    ],
)
def test_what_may_have_been_meant(key: str, entity: Entity | None, meant: str) -> None:
    assert nearest(key, lambda: KNOWN, entity) == meant
