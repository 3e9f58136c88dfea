"""What things are called in answers, whether or not they are entries."""

from herdbook.ref import Ref, RefError
from herdbook.telling.document import Code, Mention, Part


def named(key: str) -> Part:
    """Name a step of a lineage: an entry by its reference, anything else letter by letter."""
    ref = ref_of(key)
    return Mention(ref) if ref is not None else Code(key)


def holder(name: str) -> Part:
    """Name what holds a version: an alias letter by letter, since Markdown takes ``@name`` for a person."""
    return Code(name) if name.startswith("@") else name


def ref_of(key: str) -> Ref | None:
    """The reference that a key is; `None` for commits and addresses."""
    try:
        return Ref.parse(key)
    except RefError:
        return None
