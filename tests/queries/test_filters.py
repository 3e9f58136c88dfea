"""Filters, orders and columns, read as MLflow reads them."""

import tomllib
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import CHECKOUT
from herdbook.queries.filters import FilterError, parse_columns, parse_filter, parse_order
from herdbook.queries.terms import Comparator, Condition, Entity, Name, Order
from mlflow_oracle import Reading, mlflow_filter, mlflow_order
from work import bounded, steps

CASES = tomllib.loads((CHECKOUT / "tests/data/search/filters.toml").read_text())
KNOWN = {
    Entity.METRIC: {"accuracy", "val.auc"},
    Entity.PARAM: {"learning_rate"},
    Entity.TAG: {"git commit"},
}


def reading(text: str) -> list[Reading] | None:
    """What a filter is read as; `None` if it is refused."""
    try:
        conditions = parse_filter(text)
    except FilterError:
        return None
    return [(item.name.entity, item.name.key, str(item.comparator), item.value) for item in conditions]


def listed(kind: str) -> list[str]:
    return [text for filters in CASES[kind].values() for text in filters]


@pytest.mark.parametrize("text", CASES["accepted"])
def test_what_mlflow_reads_is_read_alike(text: str) -> None:
    assert reading(text) is not None
    assert reading(text) == mlflow_filter(text)


@pytest.mark.parametrize("text", CASES["refused"])
def test_what_mlflow_refuses_is_refused(text: str) -> None:
    assert mlflow_filter(text) is None
    assert reading(text) is None


@pytest.mark.parametrize("text", listed("ours"))
def test_what_only_herdbook_reads(text: str) -> None:
    assert mlflow_filter(text) is None
    assert reading(text) is not None


@pytest.mark.parametrize("text", listed("mlflows"))
def test_what_only_mlflow_reads(text: str) -> None:
    assert mlflow_filter(text) is not None
    assert reading(text) is None


@pytest.mark.parametrize("text", listed("unlike"))
def test_what_both_read_but_not_alike(text: str) -> None:
    mlflows, ours = mlflow_filter(text), reading(text)
    assert mlflows is not None
    assert ours is not None
    assert mlflows != ours


# Filters made at random

# The words of SQL are no keys to MLflow, and the aliases of attributes are others'.
ALIASES = ("created", "Created", "run name", "Run name", "Run Name")
WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda word: word.lower() not in ("case", "in", "values", "using", "from", "as")
)
PLAIN_KEYS = st.lists(WORDS, min_size=1, max_size=3).map(".".join).filter(lambda key: key not in ALIASES)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="'\"`\\\0")
QUOTED = st.text(CHARACTERS, min_size=1, max_size=12).filter(lambda key: key not in ALIASES)
KEYS = st.one_of(PLAIN_KEYS, QUOTED.map("`{}`".format), QUOTED.map('"{}"'.format))
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=12).map("'{}'".format),
    st.text(CHARACTERS, max_size=12).map('"{}"'.format),
    # All that does not end a text, and a letter that surely does not.
    st.lists(st.sampled_from(["a", "%", '"', "''", r"\'", r"\a"]), max_size=6).map(
        lambda parts: f"'{''.join(parts)}.'"
    ),
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.from_regex(r"-?([0-9]{1,5}\.[0-9]{0,5}|\.[0-9]{1,5})", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,3})?[eE]-?[0-9]{1,2}", fullmatch=True),
)
LISTS = st.lists(st.text(CHARACTERS, max_size=5), min_size=1, max_size=4).map(
    lambda texts: "({})".format(", ".join(f"'{text}'" for text in texts))
)
BLANKS = st.sampled_from([" ", "  ", "\n", "\t ", "\u00a0"])


def cased(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.lower(), word.title()])


@st.composite
def conditions(draw: st.DrawFn) -> str:
    attributes = ["run_id", "run_name", "status", "user_id", "artifact_uri", "`run name`"]
    name, comparator, value = draw(
        st.one_of(
            st.tuples(
                st.builds("{}.{}".format, st.sampled_from(["metric", "metrics"]), KEYS),
                st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
                NUMBERS,
            ),
            st.tuples(
                st.builds("{}.{}".format, st.sampled_from(["params", "parameter", "tag", "tags"]), KEYS),
                st.sampled_from(["=", "!="]) | cased("LIKE") | cased("ILIKE"),
                TEXTS,
            ),
            st.tuples(
                st.builds("{}.{}".format, st.sampled_from(["params", "tags"]), KEYS),
                cased("IS NULL") | cased("IS NOT NULL"),
                st.just(""),
            ),
            st.tuples(
                st.sampled_from([*attributes, "attr.status", "datasets.name", "dataset.context"]),
                st.sampled_from(["=", "!="]) | cased("LIKE") | cased("ILIKE"),
                TEXTS,
            ),
            st.tuples(
                st.sampled_from(["run_id", "datasets.name", "dataset.digest"]),
                cased("IN") | cased("NOT IN"),
                # MLflow reads these as Python: no line may end in them.
                LISTS.filter(str.isprintable),
            ),
            st.tuples(
                st.sampled_from(["start_time", "end_time", "created", "attributes.end_time"]),
                st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
                NUMBERS,
            ),
        )
    )
    around = draw(BLANKS)
    return f"{name}{around}{comparator}{around}{value}"


FILTERS = st.lists(conditions(), min_size=1, max_size=5).flatmap(
    lambda parts: st.tuples(BLANKS, cased("AND")).map(
        lambda joint: f"{joint[0]}{joint[1]}{joint[0]}".join(parts)
    )
)


@given(FILTERS)
def test_any_filter_is_read_as_mlflow_reads_it(text: str) -> None:
    assert reading(text) is not None
    assert reading(text) == mlflow_filter(text)


PIECES = (
    *(
        "metrics.a",
        "params.`b c`",
        'tags."d"',
        "status",
        "start_time",
        "run_id",
        "dataset.name",
        "`run name`",
    ),
    *("metrics", "metrics.", "params.a-b", ".", "nothing", "nothing.a"),
    *("=", "!=", ">", "<=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "IS", "NOT", "NULL"),
    *("1", "-2.5", "1e5", "'x'", '"y"', "('a', 'b')", "(", ")", ",", "''", "'", '"', "`", "\\"),
    *("AND", "and", "OR", ";", "--", "/*", "*/", "#", "$$", "é", "=="),
)
SOUP = st.lists(st.sampled_from(PIECES), max_size=12)


def written(reading: Reading) -> str:
    """A condition as it is usually written."""
    entity, key, comparator, value = reading
    name = Name(entity, key)
    match value:
        case None:
            return f"{name} {comparator}"
        case tuple():
            return f"{name} {comparator} ({', '.join(repr(text) for text in value)})"
        case float():
            return f"{name} {comparator} {value!r}"
    return f"{name} {comparator} '{value}'"


@given(SOUP, st.sampled_from([" ", "", "\n"]))
def test_whatever_is_said_is_understood_as_mlflow_understands_it_or_refused(
    pieces: list[str], between: str
) -> None:
    text = between.join(pieces)
    ours, mlflows = reading(text), mlflow_filter(text)
    if ours:
        assert mlflows == ours
    elif mlflows:
        # MLflow is lenient about how it is said. What it understood can be said here, too.
        assert all(reading(written(item)) == [item] for item in mlflows if _sayable(item))


def _sayable(item: Reading) -> bool:
    # A list with "=" can be true of nothing, and MLflow takes any rest of a name for a part of the key.
    listed = isinstance(item[3], tuple)
    return bool(item[1].strip()) and listed == (item[2] in ("IN", "NOT IN")) and "`" not in item[1]


@given(st.text(max_size=60))
def test_a_fault_lies_in_the_text(text: str) -> None:
    for parse in (parse_filter, parse_order, parse_columns):
        error = fault(parse, text)
        assert error is None or 0 <= error.start <= len(text)
        assert error is None or error.start < error.end


def fault(parse: Callable[[str], object], text: str) -> FilterError | None:
    try:
        parse(text)
    except FilterError as error:
        return error
    return None


# Columns


def test_columns() -> None:
    assert parse_columns("run_id, metrics.auc,params.`a,b` ,datasets.name,run_id") == (
        Name(Entity.ATTRIBUTE, "run_id"),
        Name(Entity.METRIC, "auc"),
        Name(Entity.PARAM, "a,b"),
        Name(Entity.DATASET, "name"),
    )


# Orders


@pytest.mark.parametrize(
    "text",
    [
        "metrics.a",
        "metrics.a ASC",
        "metrics.a DESC",
        "metrics.a desc",
        "metric.a.b dEsC",
        "metrics.`a b` DESC",
        'metrics."a/b"',
        "params.a",
        "tags.`mlflow.user` ASC",
        "start_time",
        "created DESC",
        "attributes.end_time DESC",
        "status",
        "user_id",
        "artifact_uri desc",
        "  run_id  ",
    ],
)
def test_an_order_is_read_as_mlflow_reads_it(text: str) -> None:
    mlflows = mlflow_order(text.strip())
    assert mlflows is not None
    assert [(item.name.entity, item.name.key, item.ascending) for item in parse_order(text)] == [mlflows]


@pytest.mark.parametrize(
    "text",
    [
        "metrics",
        "metrics.a DESC DESC",
        "metrics.a UP",
        "metrics.a DESC NULLS LAST",
        "metrics.a-b",
        "accuracy",
        "METRICS.a",
        "metrics.a > 1",
        "1",
        "'a'",
        "metrics.a;",
    ],
)
def test_what_mlflow_does_not_sort_by_is_refused(text: str) -> None:
    assert mlflow_order(text) is None
    with pytest.raises(FilterError):
        parse_order(text)


def test_orders_follow_each_other() -> None:
    assert parse_order("metrics.auc DESC, params.`a, b`,start_time") == (
        Order(Name(Entity.METRIC, "auc"), ascending=False),
        Order(Name(Entity.PARAM, "a, b"), ascending=True),
        Order(Name(Entity.ATTRIBUTE, "start_time"), ascending=True),
    )
    assert parse_order(" ") == ()


@pytest.mark.parametrize("text", ["dataset", "datasets.name DESC"])
def test_several_datasets_have_no_order(text: str) -> None:
    with pytest.raises(FilterError, match="several datasets"):
        parse_order(text)


# Times


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("'1970-01-02'", 86_400_000),
        ("'1970-01-01T00:00:01'", 1_000),
        ("'1970-01-01 00:00:01.5Z'", 1_500),
        ("'1970-01-01T02:00:00+02:00'", 0),
        ("'1969-12-31T23:59:59.9995Z'", -1),
        ("1500", 1_500),
    ],
)
def test_times(text: str, milliseconds: float) -> None:
    name = Name(Entity.ATTRIBUTE, "start_time")
    assert parse_filter(f"start_time >= {text}") == (Condition(name, Comparator.AT_LEAST, milliseconds),)


# Faults

FAULTS = [
    ("accuracy > 1", "accuracy", "runs have no attribute accuracy", "did you mean metrics.accuracy?"),
    ("learning_rate = '1'", "learning_rate", "no attribute", "did you mean params.learning_rate?"),
    ("`git commit` = '1'", "`git commit`", "no attribute", "did you mean tags.`git commit`?"),
    ("acuracy > 1", "acuracy", "no attribute", "did you mean metrics.accuracy?"),
    ("val.auc > 1", "val", "runs have no val", "did you mean metrics.val.auc?"),
    ("Status = 'x'", "Status", "no attribute", "did you mean status?"),
    ("started_at > '2024-03-15'", "started_at", "no attribute", "did you mean start_time?"),
    ("metrik.auc > 1", "metrik", "runs have no metrik", "did you mean metrics.auc?"),
    ("zzz = 'x'", "zzz", "no attribute", "there are run_id, run_name,"),
    ("qqqq.zzz = 'x'", "qqqq", "no qqqq", "before the dot belongs one of metrics, params,"),
    ("metrics.auc > '0.9'", "'0.9'", "a number belongs here", "write it without quotes: 0.9"),
    ("metrics.auc > 1.5.2", "1.5.2", "a number belongs here, not 1.5.2", ""),
    ("metrics.auc > high", "high", "a number belongs here, not high", ""),
    ("metrics.auc >", "", "a number belongs here, not the end", ""),
    ("metrics.auc == 1", "==", "metrics.auc can be compared by", "write ="),
    ("metrics.auc LIKE '1'", "LIKE", "can be compared by", "metrics.auc is a number"),
    ("metrics.auc IS NULL", "IS NULL", "can be compared by", "only params and tags"),
    ("metrics.a-b > 1", "a-b", "only letters, digits", "into backticks: metrics.`a-b`"),
    ("params.depth = 8", "8", "a text in quotes belongs here", "put it into quotes: '8'"),
    ("params.depth > '8'", ">", "can be compared by", "params.depth is a text"),
    ("params.a = `x`", "`", "a text in quotes belongs here", "backticks are for names"),
    ("params.a = \u2018x\u2019", "\u2018x\u2019", "a text in quotes belongs here", "straight quotes"),
    ("params.a NOT LIKE 'x'", "NOT LIKE", "can be compared by", "there is no such comparison"),
    ("params.a IN ('x')", "IN", "can be compared by", "only run_id, experiment, type, dataset"),
    ("params.a = 'x", "'", "never closed", ""),
    ("run_id IN 'a'", "'", "a list such as ('a', 'b') belongs here", ""),
    ("run_id IN ('a' 'b')", "'", "a comma or ) belongs here", ""),
    ("run_id IN ()", ")", "a text in quotes belongs here", ""),
    ("metrics.a > 1 OR metrics.b > 2", "OR", "AND, or the end, belongs here", "there is no OR"),
    ("metrics.a > 1 metrics.b > 2", "metrics", "AND, or the end, belongs here", ""),
    ("metrics.a > 1 AND", "", "a name such as", ""),
    ("NOT metrics.a > 1", "NOT", "a name such as", "there is no NOT"),
    ("(metrics.a > 1)", "(", "a name such as", "there are no parentheses"),
    ("start_time > '2024-02-30'", "'2024-02-30'", "this is no time", 'write "2024-03-15"'),
    ("start_time > soon", "soon", "a time belongs here", ""),
    ("dataset.rows > 1", "dataset.rows", "datasets have no rows", "and dataset itself"),
]


@pytest.mark.parametrize(("text", "marked", "message", "advice"), FAULTS)
def test_faults_are_shown_where_they_are(text: str, marked: str, message: str, advice: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse_filter(text, lambda: KNOWN)
    error = raised.value
    assert text[error.start : error.end] == marked
    assert message in error.message
    assert bool(error.help) == bool(advice)
    assert advice in error.help
    assert f"filter, character {error.start + 1}: " in str(error)
    assert error.exit_code == 2


# Size


@pytest.mark.parametrize(
    "make",
    [
        lambda size: " AND ".join(["metrics.a > 1"] * size),
        lambda size: "params.a = '" + "\\'" * size,
        lambda size: "params.a = '" + "''" * size,
        lambda size: "params.`" + "``" * size,
        lambda size: "params." + "a." * size,
        lambda size: "metrics.a > " + "1" * size + "x",
        lambda size: "metrics.a > ." + "1" * size + ".1",
        lambda size: "(" * size,
        lambda size: "run_id IN (" + "'a'," * size,
        lambda size: "tags.a IS NOT " * size,
        lambda size: " " * size + "x",
    ],
)
def test_the_work_grows_with_the_length_alone(make: Callable[[int], str]) -> None:
    reading(make(1))
    short, long = (steps(partial(reading, make(size))) for size in (100, 800))
    assert long <= 8 * short
    with bounded():
        reading(make(40_000))


def test_a_filter_may_be_longer_than_mlflow_takes() -> None:
    text = " AND ".join(f"metrics.m{number} > {number}" for number in range(5_000))
    assert len(parse_filter(text)) == 5_000
