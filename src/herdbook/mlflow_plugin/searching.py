"""MLflow's searches for models and versions: which fit a filter, in which order, on which page.

Filters and orders are read by MLflow itself. What they mean is what they mean to a registry of MLflow in a
database: a model without a tag fits no condition on that tag, and a field is sorted by once only.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from mlflow.exceptions import MlflowException
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils, SearchUtils

from herdbook.mlflow_plugin.refusing import wrong
from herdbook.queries.matching import like

Condition = Mapping[str, Any]
Called = Callable[[str], str]

_TEXT: Final = ("=", "!=", "LIKE", "ILIKE")
_PATTERNS: Final = ("LIKE", "ILIKE")
_LISTS: Final = ("IN", "NOT IN")
# What MLflow calls the fields of a version in filters and orders, where they have other names.
_FIELDS: Final[Mapping[str, str]] = {
    "source_path": "source",
    "version_number": "version",
    "timestamp": "last_updated_timestamp",
}
_IN_LISTS: Final = {"name", "run_id"}

PROMPT: Final = "mlflow.prompt.is_prompt"
"""The tag by which MLflow tells prompts from models."""

VERSION_ORDER: Final = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")


def models_found(
    models: Sequence[Any], filter_string: str | None, order_by: Sequence[str] | None, called: Called = str
) -> list[Any]:
    """Return the models that fit, in order; `called` says what is called how here."""
    conditions = [_by_names_here(it, called) for it in SearchModelUtils.parse_search_filter(filter_string)]
    for condition in conditions:
        allowed = _TEXT if condition["type"] == "tag" else (*_TEXT, *_LISTS)
        _keep_to(allowed, condition)
    orders = [_model_order(text) for text in order_by or ()]
    found = _fitting(models, conditions)
    return _ordered(found, _completed(orders, order_by, (("name", True),)))


def versions_found(
    versions: Sequence[Any], filter_string: str | None, order_by: Sequence[str] | None, called: Called = str
) -> list[Any]:
    """Return the versions that fit, in order; `called` says what a model is called here."""
    conditions: list[Condition] = []
    for condition in SearchModelVersionUtils.parse_search_filter(filter_string):
        key, is_tag = condition["key"], condition["type"] == "tag"
        if not is_tag and key in SearchModelVersionUtils.NUMERIC_ATTRIBUTES:
            _keep_to(SearchModelVersionUtils.VALID_NUMERIC_ATTRIBUTE_COMPARATORS, condition)
            conditions.append({**condition, "value": _integer(key, condition["value"])})
        else:
            _keep_to(_TEXT if is_tag or key not in _IN_LISTS else (*_TEXT, *_LISTS), condition)
            conditions.append(_by_names_here(condition, called))
    orders = [_version_order(text) for text in order_by or VERSION_ORDER]
    found = _fitting(versions, conditions)
    return _ordered(found, _completed(orders, order_by, (("name", True), ("version", False))))


def page_of(found: Sequence[Any], max_results: Any, most: int, page_token: str | None) -> Any:
    """Cut a page out of what was found."""
    if not isinstance(max_results, int) or max_results < 1:
        raise wrong(f"Invalid value for max_results. It must be a positive integer, but got {max_results}")
    if max_results > most:
        raise wrong(
            "Invalid value for request parameter max_results. It must be at most "
            f"{most}, but got value {max_results}"
        )
    start = max(0, SearchUtils.parse_start_offset_from_page_token(page_token))
    end = start + max_results
    following = SearchUtils.create_page_token(end) if len(found) > end else None
    return PagedList(list(found[start:end]), following)


def _by_names_here(condition: Condition, called: Called) -> Condition:
    """A condition that asks for whole names, with those that models have here."""
    if condition["type"] == "tag" or condition["key"] != "name" or condition["comparator"] in _PATTERNS:
        return condition
    value = condition["value"]
    return {**condition, "value": called(value) if isinstance(value, str) else [*map(called, value)]}


def _keep_to(allowed: Sequence[str], condition: Condition) -> None:
    if condition["comparator"] not in allowed:
        raise wrong(f"Invalid comparator for {condition['type']}: {condition['comparator']}")


def _integer(key: str, value: Any) -> int:
    try:
        if not isinstance(value, float):
            return int(value)
    except (TypeError, ValueError):
        pass
    raise wrong(f"Invalid value for numeric attribute '{key}': {value!r}")


def _fitting(entities: Sequence[Any], conditions: Sequence[Condition]) -> list[Any]:
    wants_prompts = _wants_prompts(conditions)
    if not wants_prompts:
        # Whether something is a prompt is then settled, and nothing that is none says so.
        conditions = [it for it in conditions if it["type"] != "tag" or it["key"] != PROMPT]
        entities = [entity for entity in entities if entity._tags.get(PROMPT) != "true"]
    tests = [_test(condition) for condition in conditions]
    return [entity for entity in entities if all(test(entity) for test in tests)]


def _wants_prompts(conditions: Sequence[Condition]) -> bool:
    for condition in conditions:
        if condition["type"] == "tag" and condition["key"] == PROMPT:
            said = condition["value"].lower()
            return (condition["comparator"], said) in (("=", "true"), ("!=", "false"))
    return False


def _test(condition: Condition) -> Callable[[Any], bool]:
    key: str = condition["key"]
    compares = _comparison(condition["comparator"], condition["value"])
    if condition["type"] == "tag":
        return lambda entity: key in entity._tags and compares(entity._tags[key])
    read = attrgetter(_FIELDS.get(key, key))

    def test(entity: Any) -> bool:
        value = read(entity)
        return value is not None and compares(value)

    return test


def _comparison(comparator: str, value: Any) -> Callable[[Any], bool]:
    if comparator in _PATTERNS:
        return like(value, ignore_case=comparator == "ILIKE")
    compare = SearchUtils.get_comparison_func(comparator)
    return lambda found: bool(compare(found, value))


def _model_order(text: str) -> tuple[str, bool]:
    key, ascending = SearchUtils.parse_order_by_for_search_registered_models(text)
    return _FIELDS.get(key, key), ascending


def _version_order(text: str) -> tuple[str, bool]:
    kind, key, ascending = SearchModelVersionUtils.parse_order_by_for_search_model_versions(text)
    if key not in SearchModelVersionUtils.VALID_ORDER_BY_ATTRIBUTE_KEYS or kind != "attribute":
        raise wrong(f"Invalid order by key '{key}' specified.")
    return _FIELDS.get(key, key), ascending


def _completed(
    orders: Sequence[tuple[str, bool]], said: Sequence[str] | None, last: Sequence[tuple[str, bool]]
) -> list[tuple[str, bool]]:
    keys = [key for key, _ in orders]
    if len(set(keys)) < len(keys):
        raise MlflowException(f"`order_by` contains duplicate fields: {said}")
    return [*orders, *(order for order in last if order[0] not in keys)]


def _ordered(found: list[Any], orders: Sequence[tuple[str, bool]]) -> list[Any]:
    # Sorting is stable, so what counts most comes last.
    for key, ascending in reversed(orders):
        found = sorted(found, key=attrgetter(key), reverse=not ascending)
    return found
