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
from functools import partial
from http.client import HTTPException
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, build_opener

from herdbook.catalog import Catalog
from herdbook.dump import dump
from herdbook.entries import Run
from herdbook.errors import HerdbookError
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.repositories import (
    address_of_archive,
    address_of_file,
    write_file,
    write_folder,
)
from herdbook.mlflow_plugin.shelf import Shelf
from herdbook.opening import read_catalog
from herdbook.ref import Ref, is_name
from herdbook.tree import MemoryTree

_API = "api/v1"
_AT_ONCE = 8
_SECONDS = 20
_MOST_BYTES = 16_000_000
_MOST_IN_ALL = 128_000_000
_LEAST = 1_000
_PAUSES = (0.5, 2.0)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SOMEBODY = "unknown"
_UNKNOWN = "1970-01-01T00:00:00Z"
_INDEX = re.compile("index", re.IGNORECASE)
_NO_FOLDERS = (".json", ".md", ".html")

T = TypeVar("T")

Files = Iterator[tuple[str, Mapping[str, Any]]]
"""The files of a catalog: the path of each, and what it holds."""


def shelf_of(address: Address) -> "Shelf | Published":
    """What gives out the parts of the catalog at an address."""
    return Published(address.site) if address.catalog is None else Shelf(address.catalog)


class Published:
    """A catalog on a site, of which only what a question needs is read."""

    def __init__(self, site: str) -> None:
        self._site = site

    def models(self) -> Catalog:
        """All models.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        question = _Question(self._site)
        return question.catalog(question.models())

    def model(
        self, name: str, *, version: int | None = None, alias: str | None = None
    ) -> tuple[str, Catalog]:
        """A model by its name, or by the title under which it was imported; and its name.

        Args:
            name: the name or the title.
            version: the only version that is needed; the others are not asked for.
            alias: the alias of the only version that is needed.

        Raises:
            HerdbookError: the site does not answer as it should.
        """

        def is_needed(item: Any) -> bool:
            return item["version"] == version or alias in item["aliases"]

        some = version is not None or alias is not None
        wanted = is_needed if some else lambda item: True
        question = _Question(self._site)
        found = question.catalog(question.model(name, wanted))
        if not found.paths:
            titled = question.catalog(question.titled(name)).by_name(Ref.model(name)).name
            if titled != name:
                return titled, question.catalog(question.model(titled, wanted))
        return name, found

    def experiments(self) -> Mapping[str, str]:
        """When the first run of each experiment began; empty where nobody recorded it.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        return dict(_Question(self._site).experiments())

    def experiment(self, name: str) -> tuple[str, str] | None:
        """The name of an experiment and when its first run began; `None` where there is none.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        began_at = _Question(self._site).experiment(name)
        return None if began_at is None else (name, began_at)

    def runs(self, experiments: Sequence[str]) -> Catalog:
        """The runs of some experiments, and the datasets that they read.

        Of the curves of a run, only the end is there.

        Args:
            experiments: their names; the runs of others are not asked for.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        question = _Question(self._site)
        return question.catalog(question.runs(experiments))

    def run(self, run_id: str) -> tuple[Run | None, Catalog]:
        """A run, and the datasets that it read; `None` where there is none of the id.

        Raises:
            HerdbookError: the site does not answer as it should.
        """
        question = _Question(self._site)
        catalog = question.catalog(question.run(run_id))
        return catalog.runs.get(run_id), catalog

    def fetch(self, path: str, target: Path, size: int | None, *, is_folder: bool) -> None:
        """Fetch a file or a folder of the repository around the catalog, as it is now on its default branch.

        Args:
            path: where it is in the repository, as the catalog writes it.
            target: where to put it.
            size: its size in bytes, where that is recorded; no more than that is taken.
            is_folder: whether it is a folder.

        Raises:
            HerdbookError: it cannot be had.
        """
        repository = _Question(self._site).repository()
        if not repository.startswith(("https://", f"{urlsplit(self._site).scheme}://")):
            raise HerdbookError(
                f"{path} is a path in a repository, and {self._site} does not say where that is; set "
                "`repository` in herdbook.yaml and build the site anew, or read the catalog from a clone"
            )
        if is_folder:
            found = _answer(address_of_archive(repository, path), partial(write_folder, target, path, size))
        else:
            found = _answer(address_of_file(repository, path), partial(write_file, target, size))
        if not found:
            raise HerdbookError(
                f"{path} is no {'folder' if is_folder else 'file'} on the default branch of {repository}, or "
                "that is not public; read the catalog from a clone of it"
            )


class _Question:
    """A question to a site: the files of a catalog, as far as they are needed to answer it."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._left = _MOST_IN_ALL

    def models(self) -> Files:
        for item in self._listed():
            yield from self.model(_name_of(item), lambda item: True)

    def titled(self, title: str) -> Files:
        """What is said of models of a title, without their versions."""
        for item in self._listed():
            if item["title"] == title:
                yield from self.model(_name_of(item), lambda item: False)

    def _listed(self) -> list[Any]:
        first = self._ask("models/index.json")
        if first is None:
            raise self._nothing("models/index.json")
        return [item for _, page in self._pages("models/index.json", first) for item in page["items"]]

    def experiments(self) -> Iterator[tuple[str, str]]:
        with self._understanding():
            first = self._ask("experiments/index.json")
            if first is None:
                raise self._nothing("experiments/index.json")
            for _, page in self._pages("experiments/index.json", first):
                for item in page["items"]:
                    yield str(item["experiment"]), str(item["began_at"])

    def experiment(self, name: str) -> str | None:
        with self._understanding():
            found = self._ask(_file("experiments", name)) if is_name(name) else None
            return None if found is None else str(found["began_at"])

    def repository(self) -> str:
        with self._understanding():
            index = self._ask("index.json")
            if index is None:
                raise self._nothing("index.json")
            return str(index["repository"])

    def runs(self, experiments: Sequence[str]) -> Files:
        told: set[str] = set()
        for name in experiments:
            path = _file("experiments", name)
            first = self._ask(path) if is_name(name) else None
            if first is None:
                continue
            for at, page in self._pages(path, first):
                yield from self._runs_on(name, at, page)
                for item in page["datasets"]:
                    if item["ref"] not in told:
                        told.add(item["ref"])
                        yield _dataset(item)

    def _runs_on(self, experiment: str, at: str, page: Any) -> Files:
        long = [urljoin(at, item["links"]["run"]) for item in page["runs"] if item["entry"] is None]
        short = (item["entry"] for item in page["runs"] if item["entry"] is not None)
        for entry in chain(short, (answer["entry"] for answer in self._all(long) if answer is not None)):
            yield f"runs/{experiment}/{entry['id']}.yaml", entry

    def run(self, run_id: str) -> Files:
        found = self._ask(_file("runs", run_id)) if is_name(run_id) else None
        if found is None:
            return
        entry = found["entry"]
        yield f"runs/{entry['experiment']}/{run_id}.yaml", entry
        read = dict.fromkeys(str(item["dataset"]) for item in entry.get("inputs", ()) if "dataset" in item)
        names = (text.removeprefix("datasets:/").partition("/")[::2] for text in read)
        paths = [_version_file(*pair) for pair in names if all(map(is_name, pair))]
        for answer in self._all(paths):
            if answer is not None:
                version = answer["entry"]
                yield f"datasets/{version['dataset']}/versions/{version['version']}.yaml", version

    def model(self, name: str, is_needed: Callable[[Any], bool]) -> Files:
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
        for (_, item), answer in zip(versions, self._all(links), strict=True):
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

    def catalog(self, files: Files) -> Catalog:
        with self._understanding():
            contents = {path: dump(entry, str(entry["kind"])).encode() for path, entry in files}
        return read_catalog(MemoryTree(contents, self._site))

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

    def _nothing(self, path: str) -> HerdbookError:
        return HerdbookError(
            f"{self._site} publishes no catalog, or an older Herdbook built it: {_API}/{path} is not there"
        )

    def _all(self, paths: Sequence[str]) -> list[Any]:
        """What some files of the API hold."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._ask, paths))

    def _ask(self, path: str) -> Any:
        """What a file of the API holds; `None` where there is none."""
        root = f"{self._site}/{_API}/"
        address = urljoin(root, path)
        if not address.startswith(root):
            raise HerdbookError(f"{self._site}: a link of its {_API} leads out of it; build the site anew")
        raw = _answer(address, lambda answer: answer.read(_MOST_BYTES + 1))
        if raw is None:
            return None
        if len(raw) > _MOST_BYTES:
            raise HerdbookError(
                f"{address} is larger than {_MOST_BYTES // 1_000_000} MB; read the catalog from a clone of "
                "its repository"
            )
        # Files that hold next to nothing take time and memory, too.
        self._left -= max(len(raw), _LEAST)
        if self._left < 0:
            raise HerdbookError(
                f"{self._site}: the answer takes more than {_MOST_IN_ALL // 1_000_000} MB; ask for less, "
                "such as a single experiment or model, or read the catalog from a clone of its repository"
            )
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise HerdbookError(f"{address} holds no JSON; is this the site of a catalog?") from error


def _answer(address: str, use: Callable[[Any], T]) -> T | None:
    """What is made of the answer at an address; `None` where there is none."""
    for pause in (*_PAUSES, None):
        try:
            with _opener(address).open(address, timeout=_SECONDS) as answer:
                return use(answer)
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


def _name_of(item: Any) -> str:
    """The name of a model in the list of all."""
    return str(item["ref"].partition(":/")[2])


def _dataset(item: Any) -> tuple[str, Mapping[str, Any]]:
    """A dataset version as the list of runs that read it tells of it."""
    name, _, version = str(item["ref"]).removeprefix("datasets:/").partition("/")
    told = {key: item[key] for key in ("uri", "digest") if item[key]}
    entry = {"kind": "dataset-version", "dataset": name, "version": version, **told}
    return f"datasets/{name}/versions/{version}.yaml", entry


def _version_file(dataset: str, version: str) -> str:
    """The path of the file about a version of a dataset."""
    folder = f"{dataset}{'~' if dataset.lower().endswith(_NO_FOLDERS) else ''}"
    return _file(f"datasets/{folder}/versions", version)


def _file(kind: str, name: str) -> str:
    """The path of the file about an entry; that of one which is called index has another name."""
    return f"{kind}/{name}{'~' if _INDEX.fullmatch(name) else ''}.json"
