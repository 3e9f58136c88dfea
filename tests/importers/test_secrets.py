from herdbook.importers.secrets import shown
from herdbook.planning.drafts import Problem


def test_values_come_over_without_the_secrets_and_their_names_are_told() -> None:
    values = {"api_key": "hunter2", "db": "postgres://ana:hunter2@host/x", "token_count": "512", "depth": "3"}
    found, problems = shown("there", "params", values, lambda text: int(text) if text.isdigit() else text)
    assert found == {"api_key": "****", "db": "postgres://host/x", "token_count": "512", "depth": "3"}
    told = "what is called like a password or a key is masked: params api_key"
    assert problems == [Problem("there", told, is_loss=False)]


def test_values_that_are_no_texts_stay_what_they_are() -> None:
    values = {"layers": [64, 32], "rate": 0.1, "password": 12345, "use_auth_key": True, "seed": None}
    found, problems = shown("there", "params", values, lambda value: value)
    assert found == {**values, "password": "****"}
    assert len(problems) == 1
    assert shown("there", "tags", {"a": "b"}, str) == ({"a": "b"}, [])
