"""Addresses by which MLflow knows a catalog, and the artifacts in it.

A catalog is ``herdbook:///path/to/catalog``, or ``herdbook:catalog`` relative to where one is. Where a site
publishes it, it is ``herdbook+https://`` and the rest of the address of the site. Behind ``/!/`` stands the
version or the run whose artifact is meant, and what of it::

    herdbook:///path/to/catalog/!/models/churn/3
    herdbook:///path/to/catalog/!/runs/train-1/model/MLmodel
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from herdbook.errors import HerdbookError
from herdbook.ref import Kind, Ref, RefError

SCHEME = "herdbook"
_MARK = "/!/"
_SITES = {f"{SCHEME}+{scheme}": scheme for scheme in ("http", "https")}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a catalog is, or something that it records.

    Attributes:
        catalog: the folder of the catalog, as an absolute path; `None` where it is read from a site.
        within: what stands behind the mark, as it stands there: MLflow puts paths behind it as they are, and
            takes names off its end. Empty for the catalog itself.
        site: the address of the site, beginning with ``http``; empty for a folder.
    """

    catalog: Path | None
    within: str = ""
    site: str = ""

    def __str__(self) -> str:
        text = f"{SCHEME}+{self.site}" if self.catalog is None else _uri(self.catalog)
        return f"{text}{_MARK}{self.within}" if self.within else text

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            HerdbookError: it is none.
        """
        scheme, _, rest = text.partition(":")
        place, _, within = rest.partition(_MARK)
        if scheme.lower() in _SITES:
            return cls(None, within.strip("/"), _site(f"{_SITES[scheme.lower()]}:{place}"))
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
        return self.at(f"{ref.kind}/{ref.short}")

    def at(self, within: str) -> "Address":
        """The address of something in the catalog."""
        return replace(self, within=within)

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


def _uri(folder: Path) -> str:
    place = folder.as_posix()
    return f"{SCHEME}://{'' if place.startswith('/') else '/'}{quote(place, safe='/:')}"


def _site(address: str) -> str:
    try:
        parts = urlsplit(address)
        if parts.hostname and not (parts.query or parts.fragment or parts.username):
            return address.rstrip("/")
    except ValueError:
        pass
    raise HerdbookError(
        f"{address!r} is no address of a site: write {SCHEME}+https://host/path, without a name or a query"
    )
