from herdbook.telling.document import Code, Mention
from herdbook.telling.naming import holder, named


def test_names_are_mentions_where_they_are_references() -> None:
    assert isinstance(named("runs:/a"), Mention)
    assert isinstance(named("s3://a"), Code)
    assert isinstance(named("runs:/a b"), Code)
    assert holder("@champion") == Code("@champion")
    assert holder("stage production") == "stage production"
