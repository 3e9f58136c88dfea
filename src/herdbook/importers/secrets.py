"""What another system wrote under names of its own, without the passwords and keys in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from herdbook.importers.uris import without_secrets
from herdbook.masking import MASK, is_secret
from herdbook.planning.drafts import Problem, some

T = TypeVar("T")


def shown(
    place: str, field: str, values: Mapping[str, T], read: Callable[[T], object]
) -> tuple[dict[str, T | str], Sequence[Problem]]:
    """Values without the secrets in them; of those that are secrets by their names, the names are told.

    Args:
        place: where they were found, for people.
        field: what they are: params, tags.
        values: the values by their names.
        read: makes of a value what it stands for: a number, where it is the text of one.
    """
    secrets = {key for key, value in values.items() if is_secret(key, read(value))}
    found = {key: MASK if key in secrets else _plain(value) for key, value in values.items()}
    told = f"what is called like a password or a key is masked: {field} {some(sorted(secrets))}"
    return found, [Problem(place, told, is_loss=False)] if secrets else []


def _plain(value: T) -> T | str:
    return without_secrets(value) if isinstance(value, str) else value
