"""What all entries have: data that a schema accepted, their file, and the references that stand in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from herdbook.finding import Place
from herdbook.ref import Kind, Ref, RefError
from herdbook.source import Route, SourceFile

Data = Mapping[str, Any]

NOTHING: Data = {}

# What entries have parts of is made some ten thousand times in one check, and is a named tuple: a frozen
# dataclass of as many fields takes three times as long, and ten times as long to be defined.


class Mention(NamedTuple):
    """A reference that stands in a file; `ref` is `None`, and `error` says why, for a text of no grammar."""

    text: str
    ref: Ref | None
    route: Route
    error: str = ""

    @classmethod
    def of(cls, text: str, route: Route, kind: Kind | None = None) -> "Mention":
        """Read a reference out of a field; `kind` is that of a typed field."""
        try:
            return cls(text, Ref.parse(text, kind), route)
        except RefError as error:
            return cls(text, None, route, str(error))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One thing of the catalog: a file's data and where they stand.

    A kind has empty slots; or it keeps what it has made, and is frozen itself.
    """

    source: SourceFile
    data: Data

    kind: ClassVar[str] = ""

    @property
    def ref(self) -> Ref | None:
        """The reference by which others name this entry; `None` for what nobody names."""
        return None

    @property
    def expected_path(self) -> str:
        """The path inside the catalog at which the names in the file want it to stand."""
        raise NotImplementedError(self.kind)

    @property
    def label(self) -> str:
        """What to call the entry in a sentence."""
        return str(self.ref) if self.ref is not None else self.source.path

    @property
    def title(self) -> str:
        """The title for people; empty where none is given."""
        return str(self.data.get("title", ""))

    @property
    def description(self) -> str:
        """Prose about the entry, in Markdown; empty where none is given."""
        return str(self.data.get("description", ""))

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags."""
        return self.data.get("tags", NOTHING)

    @property
    def imported_from(self) -> Mapping[str, str]:
        """Where an importer took the entry from."""
        return self.data.get("imported_from", NOTHING)

    def text(self, field: str) -> str:
        """A text field by name; empty where it is not given."""
        return str(self.data.get(field, ""))

    def at(self, *route: str | int, on_key: bool = False) -> Place:
        """The place of a value of this entry."""
        return Place(self.source, route, on_key)

    def mentions(self) -> Iterator[Mention]:
        """The references to other entries that stand in the file."""
        return iter(())


def mention_in(data: Data, key: str, kind: Kind | None, route: Route = ()) -> Mention | None:
    """The reference that stands in a field; `None` where the field is left out."""
    text = data.get(key)
    return None if text is None else Mention.of(text, (*route, key), kind)


def mentions_in(data: Data, key: str, kind: Kind) -> tuple[Mention, ...]:
    """The references that stand in the list of a field."""
    return tuple(Mention.of(text, (key, index), kind) for index, text in enumerate(data.get(key, ())))
