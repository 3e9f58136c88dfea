"""Addresses by which MLflow knows a catalog, and the artifacts in it.

A catalog is ``herdbook:///path/to/catalog``, or ``herdbook:catalog`` relative to where one is. Behind ``/!/``
stands the version or the run whose artifact is meant, and what of it::

    herdbook:///path/to/catalog/!/models/churn/3
    herdbook:///path/to/catalog/!/runs/train-1/model/MLmodel
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import url2pathname

from herdbook.errors import HerdbookError
from herdbook.ref import Kind, Ref, RefError

SCHEME = "herdbook"
_MARK = "/!/"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a catalog is, or something that it records.

    Attributes:
        catalog: the folder of the catalog, as an absolute path.
        within: what stands behind the mark, as it stands there: MLflow puts paths behind it as they are, and
            takes names off its end. Empty for the catalog itself.
    """

    catalog: Path
    within: str = ""

    def __str__(self) -> str:
        place = self.catalog.as_posix()
        text = f"{SCHEME}://{'' if place.startswith('/') else '/'}{quote(place, safe='/:')}"
        return f"{text}{_MARK}{self.within}" if self.within else text

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            HerdbookError: it is none.
        """
        scheme, _, rest = text.partition(":")
        place, _, within = rest.partition(_MARK)
        if place.startswith("//"):
            host, slash, path = place[2:].partition("/")
            place = "" if host else slash + path
        path = url2pathname(place)
        if scheme.lower() != SCHEME or not path or "\0" in path:
            raise HerdbookError(
                f"{text!r} names no catalog: write {SCHEME}:///path/to/catalog, with three slashes, "
                f"or {SCHEME}:catalog for a folder below the one you are in"
            )
        return cls(Path(path).absolute(), within.strip("/"))

    def of(self, ref: Ref) -> "Address":
        """The address of what an entry of the catalog has for an artifact."""
        return Address(self.catalog, f"{ref.kind}/{ref.short}")

    def artifact(self, path: str = "") -> tuple[Ref, str]:
        """The version or the run that something below this address belongs to, and the path inside.

        Raises:
            HerdbookError: it belongs to none.
        """
        kind, _, rest = "/".join(part.strip("/") for part in (self.within, path) if part).partition("/")
        length = 2 if kind == Kind.MODEL else 1
        words = rest.split("/", length)
        try:
            if kind in (Kind.MODEL, Kind.RUN) and len(words) >= length:
                ref = Ref.parse("/".join(words[:length]), Kind(kind))
                return ref, words[length] if len(words) > length else ""
        except RefError:
            pass
        raise HerdbookError(
            f"{self} names no artifact: behind {_MARK} stands models/<model>/<version> or runs/<run>"
        )
