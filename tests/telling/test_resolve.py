import pytest

from answer_samples import example
from herdbook.queries.asking import find
from herdbook.queries.resolve import resolve
from herdbook.telling.document import plain
from herdbook.telling.resolve import tell_resolution, values


@pytest.mark.parametrize(
    ("text", "lead", "known"),
    [
        (
            "churn@champion",
            "models:/churn@champion stands for models:/churn/2.",
            ["ref", "version", "uri", "digest", "size"],
        ),
        ("orders/v1", "datasets:/orders/v1 is on record.", ["ref", "version", "uri", "digest"]),
        ("train-1", "runs:/train-1 is on record.", ["ref"]),
    ],
)
def test_only_what_is_known_is_told(text: str, lead: str, known: list[str]) -> None:
    records = example()
    answer = resolve(records, find(records.catalog, text))
    document = tell_resolution(answer)
    assert plain(document.lead) == lead
    assert list(values(answer)) == known
    assert bool(document.sections) is (len(known) > 1)
