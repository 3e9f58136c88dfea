"""A catalog as a site publishes it: the JSON files of its API, read anew for each question.

What they tell of models, versions and runs is what the files of the catalog say, and is read as these are:
from a tree of files, by the same reader, against the same schemas.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from itertools import chain
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, build_opener

from herdbook.catalog import Catalog
from herdbook.dump import dump
from herdbook.entries import Run
from herdbook.errors import HerdbookError
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.shelf import Shelf
from herdbook.opening import read_catalog
from herdbook.ref import is_name
from herdbook.tree import TreeFile

_API = "api/v1"
_AT_ONCE = 8
_SECONDS = 20
_MOST_BYTES = 16_000_000
_PAUSES = (0.5, 2.0)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SOMEBODY = "unknown"
_UNKNOWN = "1970-01-01T00:00:00Z"
_INDEX = re.compile("index", re.IGNORECASE)

Files = Iterator[tuple[str, Mapping[str, Any]]]
"""The files of a catalog: the path of each, and what it holds."""


def shelf_of(address: Address) -> "Shelf | Published":
    """What gives out the parts of the catalog at an address."""
    return Published(address.site) if address.catalog is None else Shelf(address.catalog)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """A tree of files that were gathered elsewhere."""

    name: str
    contents: Mapping[str, bytes]

    def files(self) -> Iterator[TreeFile]:
        return map(TreeFile, sorted(self.contents, key=lambda path: path.split("/")))

    def read(self, path: str) -> bytes:
        return self.contents[path]


class Published:
    """A catalog on a site, of which only what a question needs is read."""

    def __init__(self, site: str) -> None:
        self._site = site

    def models(self) -> Catalog:
        """All models.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        first = self._ask("models/index.json")
        if first is None:
            raise HerdbookError(f"{self._site} publishes no catalog: {_API}/models/index.json is not there")
        with self._understanding():
            pages = self._pages("models/index.json", first)
            names = [item["ref"].partition(":/")[2] for _, page in pages for item in page["items"]]
        return self._catalog(chain.from_iterable(self._model(name, lambda item: True) for name in names))

    def model(
        self, name: str, *, version: int | None = None, alias: str | None = None
    ) -> tuple[str, Catalog]:
        """A model by its name; and its name.

        Args:
            name: the name.
            version: the only version that is needed; the others are not asked for.
            alias: the alias of the only version that is needed.

        Raises:
            HerdbookError: the site does not answer as it should.
        """

        def is_needed(item: Any) -> bool:
            return item["version"] == version or alias in item["aliases"]

        some = version is not None or alias is not None
        return name, self._catalog(self._model(name, is_needed if some else lambda item: True))

    def runs(self) -> Catalog:
        """Refuse: a site has a file for each run, and reading them all takes too long.

        Raises:
            HerdbookError: always.
        """
        raise HerdbookError(
            f"{self._site} publishes each run by itself, so runs are not searched there; ask for a run by "
            "its id, or read the catalog from a clone of its repository"
        )

    def run(self, run_id: str) -> tuple[Run | None, Catalog]:
        """A run; `None` where there is none of the id.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        catalog = self._catalog(self._run(run_id))
        return catalog.runs.get(run_id), catalog

    def _run(self, run_id: str) -> Files:
        found = self._ask(_file("runs", run_id)) if is_name(run_id) else None
        if found is not None:
            yield f"runs/{found['entry']['experiment']}/{run_id}.yaml", found["entry"]

    def _model(self, name: str, is_needed: Callable[[Any], bool]) -> Files:
        path = _file("models", name)
        first = self._ask(path) if is_name(name) else None
        if first is None:
            return
        folder = f"models/{name}"
        if first["entry"] is not None:
            yield f"{folder}/model.yaml", first["entry"]
        pages = self._pages(path, first)
        versions = [(at, item) for at, page in pages for item in page["versions"] if is_needed(item)]
        links = [urljoin(at, item["links"]["version"]) for at, item in versions]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(self._ask, links))
        for (_, item), answer in zip(versions, answers, strict=True):
            if answer is not None:
                yield f"{folder}/versions/{item['version']}.yaml", answer["entry"]
        # Who moved what is said elsewhere; MLflow does not tell.
        aliases = {
            item["alias"]: [{"version": item["version"], "at": item["at"], "by": _SOMEBODY}]
            for item in first["aliases"]
        }
        yield f"{folder}/aliases.yaml", {"kind": "aliases", "model": name, "aliases": aliases}
        moves = [
            {
                "version": item["version"],
                "stage": item["stage"],
                "at": item["created_at"] or _UNKNOWN,
                "by": _SOMEBODY,
            }
            for _, item in versions
            if item["stage"] != "none"
        ]
        if moves:
            yield f"{folder}/stages.yaml", {"kind": "stages", "model": name, "transitions": moves}

    def _pages(self, path: str, page: Any) -> Iterator[tuple[str, Any]]:
        """The pages of a list, from the first on, each with its path."""
        yield path, page
        for _ in range(int(page["pages"]) - 1):
            path = urljoin(path, page["links"]["next"])
            page = self._ask(path)
            if page is None:
                raise HerdbookError(f"{self._site} changed while it was read; ask again")
            yield path, page

    def _catalog(self, files: Files) -> Catalog:
        with self._understanding():
            contents = {path: dump(entry, str(entry["kind"])).encode() for path, entry in files}
        return read_catalog(_Gathered(self._site, contents))

    @contextmanager
    def _understanding(self) -> Iterator[None]:
        """Expect the API to be what it is today."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise HerdbookError(
                f"{self._site}: what its {_API} says is not what this version of Herdbook understands; build "
                "the site with the same version"
            ) from error

    def _ask(self, path: str) -> Any:
        """What a file of the API holds; `None` where there is none."""
        root = f"{self._site}/{_API}/"
        address = urljoin(root, path)
        if not address.startswith(root):
            raise HerdbookError(f"{self._site}: a link of its {_API} leads out of it; build the site anew")
        for pause in (*_PAUSES, None):
            try:
                with _opener(address).open(address, timeout=_SECONDS) as answer:
                    raw = answer.read(_MOST_BYTES + 1)
                if len(raw) > _MOST_BYTES:
                    raise HerdbookError(f"{address} is larger than {_MOST_BYTES // 1_000_000} MB")
                return json.loads(raw)
            except HTTPError as error:
                error.close()
                if error.code == 404:
                    return None
                if pause is None or not (error.code == 429 or error.code >= 500):
                    raise HerdbookError(
                        f"{address} is answered with {error.code}; see whether it is public"
                    ) from error
            except (OSError, HTTPException) as error:
                if pause is None:
                    raise HerdbookError(f"{address} is not answered: {error}; try again later") from error
            except (ValueError, RecursionError) as error:
                raise HerdbookError(f"{address} holds no JSON; is this the site of a catalog?") from error
            time.sleep(pause)
        raise AssertionError  # the last turn returned or raised


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: what is asked of one site is not answered by another."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener(address: str) -> OpenerDirector:
    # A proxy of the environment is for what is outside; the loopback is here.
    local = urlsplit(address).hostname in _LOOPBACK
    handlers: Sequence[ProxyHandler] = [ProxyHandler({})] if local else []
    return build_opener(_NoRedirect, *handlers)


def _file(kind: str, name: str) -> str:
    """The path of the file about an entry; that of one which is called index has another name."""
    return f"{kind}/{name}{'~' if _INDEX.fullmatch(name) else ''}.json"
