"""Stores of MLflow behind a tracking server, read by its REST API, page after page.

The address is one that the user gave; no other is ever called, redirections included. What fails for the
moment is tried again. What a server does not know yet, being of an older release, counts as empty.
"""

import base64
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from http.client import HTTPException
from typing import IO, Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from herdbook.errors import HerdbookError, StorageError
from herdbook.importers.mlflow.database import whole
from herdbook.importers.mlflow.fields import line
from herdbook.importers.mlflow.records import (
    DELETED,
    Logged,
    Point,
    ReadData,
    Stored,
    StoredModel,
    StoredRun,
    StoredVersion,
    left_of,
)
from herdbook.planning.drafts import Along, Problem

_API = "/api/2.0/mlflow/"
_ONE_RUN = "runs/get"
_PATIENCE = 60.0
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_LONGEST_PAUSE = 30.0
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_PAGE = 1_000
_PAGE_OF_MODELS = 100
_LARGEST = 1 << 28
_LONGEST_ERROR, _LONGEST_MESSAGE = 1 << 16, 200
_MOST_FAILURES = 3
"""After how many runs in a row that cannot be read the server is given up."""

Json = Mapping[str, Any]


class ServerError(StorageError):
    """A tracking server that does not answer as it should."""


class _Missing(ServerError):
    """Something that a server does not know."""


class _NotThere(_Missing):
    """Something that a server knows, and has none of this name."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in: a user and a password, or a token; neither where none is needed."""

    user: str = ""
    password: str = ""
    token: str = ""

    @property
    def header(self) -> str:
        """The header that says so."""
        if self.token:
            return f"Bearer {self.token}"
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"Basic {pair}" if self.user else ""


class Server:
    """A store behind a tracking server.

    Args:
        url: its address; a user and a password in it are used, and never shown.
        access: how to get in, where the address does not say so.
        pause: waits for so many seconds.

    Raises:
        HerdbookError: it is no address of a server.
    """

    def __init__(
        self, url: str, access: Access = Access(), pause: Callable[[float], None] = time.sleep
    ) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise HerdbookError(
                f"the address of the server cannot be read: {error}; write http://host:port"
            ) from error
        if parts.scheme not in ("http", "https") or not host:
            raise HerdbookError("the address of a tracking server begins with http:// or https:// and a host")
        if parts.username:
            access = Access(unquote(parts.username), unquote(parts.password or ""))
        place = f"[{host}]" if ":" in host else host
        self.url = f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
        self.header, self.pause = access.header, pause
        self.opener = build_opener(_NoRedirection)
        self.problems: list[Problem] = []
        self.experiments: dict[str, Json] = {}

    def stored(self) -> Stored:
        """Read what there is besides runs."""
        self.experiments = {_text(found, "experiment_id"): found for found in self._experiments()}
        for experiment in self.experiments.values():
            if _text(experiment, "lifecycle_stage") != DELETED:
                place = f"{self.url}: experiment {_text(experiment, 'name')}"
                self.problems += left_of(place, _pairs(experiment, "tags"))
        logged = {}
        for name, found in self._of_experiments("logged-models/search", "models", "logged models"):
            info = _mapping(found, "info")
            model = Logged(
                _text(info, "model_id"),
                _text(info, "name") or name,
                _text(info, "source_run_id"),
                _text(info, "artifact_uri"),
                _whole(info, "creation_timestamp_ms"),
            )
            logged[model.model_id] = model
        return Stored(self.url, self._models(), logged, self.problems)

    def runs(self, logged: Mapping[str, Logged], along: Along) -> Iterator[StoredRun]:
        """Read the runs."""
        failures = 0
        found = list(self._of_experiments("runs/search", "runs", "runs", run_view_type="ALL"))
        for experiment, answer in along(found):
            try:
                yield self._whole_run(experiment, answer, logged)
                failures = 0
            except ServerError as error:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
                run_id = _text(_mapping(answer, "info"), "run_id")
                self._report(f"run {run_id}", f"it is left out: {error}")

    def run(self, run_id: str) -> StoredRun | None:
        """Read one run, without its parameters, metrics, data and models; `None` where there is none."""
        try:
            found = self._one(run_id)
        except _NotThere:
            return None
        number = _text(_mapping(found, "info"), "experiment_id")
        about = self._asked("experiments/get", {"experiment_id": number}, post=False)
        return self._run(_text(_mapping(about, "experiment"), "name") or f"experiment {number}", found)

    def _one(self, run_id: str) -> Json:
        # Before MLflow 1.0, its id had the other name.
        found = _mapping(self._asked(_ONE_RUN, {"run_id": run_id, "run_uuid": run_id}, post=False), "run")
        if not _text(_mapping(found, "info"), "experiment_id"):
            raise ServerError(f"{self._place(_ONE_RUN)} answers with no run of MLflow; see what it is")
        return found

    def _whole_run(self, experiment: str, answer: Json, logged: Mapping[str, Logged]) -> StoredRun:
        if logged:  # which of them a run read, no search says
            answer = self._one(_text(_mapping(answer, "info"), "run_id"))
        data, inputs = _mapping(answer, "data"), _mapping(answer, "inputs")
        made = [_text(item, "model_id") for item in _items(_mapping(answer, "outputs"), "model_outputs")]
        run = self._run(experiment, answer)
        return replace(
            run,
            params=_pairs(data, "params"),
            points=dict(self._points(run.run_id, _items(data, "metrics"))),
            read=[_read_data(item) for item in _items(inputs, "dataset_inputs")],
            models_read=[_text(item, "model_id") for item in _items(inputs, "model_inputs")],
            logged=[logged[model] for model in made if model in logged],
        )

    def _run(self, experiment: str, answer: Json) -> StoredRun:
        info, data = _mapping(answer, "info"), _mapping(answer, "data")
        run_id = _text(info, "run_id") or _text(info, "run_uuid")
        tags = _pairs(data, "tags")
        of = self.experiments.get(_text(info, "experiment_id"), {})
        gone = _text(of, "lifecycle_stage") == DELETED
        return StoredRun(
            place=f"{self.url}: run {run_id}",
            run_id=run_id,
            experiment=experiment,
            name=_text(info, "run_name") or tags.get("mlflow.runName", ""),
            status=_text(info, "status"),
            user=_text(info, "user_id"),
            start=_whole(info, "start_time"),
            end=_whole(info, "end_time"),
            life=DELETED if gone else _text(info, "lifecycle_stage"),
            artifacts=_text(info, "artifact_uri"),
            tags=tags,
        )

    def _points(self, run_id: str, last: Sequence[Json]) -> Iterator[tuple[str, list[Point]]]:
        """The points of each metric; of one whose last step is the first, it is the only one as a rule."""
        for metric in last:
            key, point = _text(metric, "key"), _point(metric)
            if point.step == 0:
                yield key, [point]
                continue
            asked = {"run_id": run_id, "metric_key": key}
            yield (
                key,
                [_point(item) for item in self._pages("metrics/get-history", "metrics", asked)] or [point],
            )

    def _experiments(self) -> list[Json]:
        asked = {"max_results": _PAGE, "view_type": "ALL"}
        try:
            return list(self._pages("experiments/search", "experiments", asked, post=True))
        except _Missing:  # before MLflow 1.28
            return list(self._pages("experiments/list", "experiments", {"view_type": "ALL"}))

    def _of_experiments(self, path: str, field: str, what: str, **asked: Any) -> Iterator[tuple[str, Json]]:
        """What each experiment has of something, with the name of the experiment."""
        for number, experiment in self.experiments.items():
            name = _text(experiment, "name") or f"experiment {number}"
            body = {"experiment_ids": [number], "max_results": _PAGE if asked else _PAGE_OF_MODELS, **asked}
            found: list[Json] = []
            try:
                found.extend(self._pages(path, field, body, post=True))
            except _Missing:
                return
            except ServerError as error:
                self._report(f"experiment {name}", f"its {what} are left out: {error}")
                continue
            yield from ((name, item) for item in found)

    def _models(self) -> list[StoredModel]:
        asked = {"max_results": _PAGE_OF_MODELS}
        try:
            models = list(self._pages("registered-models/search", "registered_models", asked))
            versions = defaultdict(list)
            for item in self._pages("model-versions/search", "model_versions", asked):
                versions[_text(item, "name")].append(_version(item))
        except _Missing:  # a server may have no registry
            return []
        except ServerError as error:
            self._report("registered models", f"they are left out: {error}")
            return []
        return [
            StoredModel(
                place=f"{self.url}: model {_text(model, 'name')}",
                name=_text(model, "name"),
                description=_text(model, "description"),
                tags=_pairs(model, "tags"),
                versions=sorted(
                    versions[_text(model, "name")],
                    key=lambda version: (len(version.version), version.version),
                ),
                aliases={_text(item, "alias"): _text(item, "version") for item in _items(model, "aliases")},
            )
            for model in models
        ]

    # Requests

    def _pages(
        self, path: str, field: str, asked: Mapping[str, Any], *, post: bool = False
    ) -> Iterator[Json]:
        """All that a list has, however many pages it fills."""
        tokens: set[str] = set()
        token = ""
        while token not in tokens:
            tokens.add(token)
            answer = self._asked(path, {**asked, **({"page_token": token} if token else {})}, post=post)
            yield from _items(answer, field)
            token = _text(answer, "next_page_token")
            if not token:
                return
        raise ServerError(
            f"{self._place(path)} gives the same page again and again; look into the log of the server"
        )

    def _asked(self, path: str, asked: Mapping[str, Any], *, post: bool) -> Json:
        """Ask, and where the server is busy or broken for the moment, ask again.

        Raises:
            ServerError: there is no answer, or none that can be read.
        """
        for wait in (*_PAUSES, None):
            try:
                return self._answer(path, asked, post=post)
            except HTTPError as error:
                if error.code not in _PASSING or wait is None:
                    self._refused(path, error)
                self.pause(_pause_of(error, wait))
            except (OSError, HTTPException, _Unreadable) as error:
                if wait is None:
                    why = getattr(error, "reason", None) or str(error) or type(error).__name__
                    raise ServerError(
                        f"{self._place(path)} gives no answer that can be read: {why}; see whether the "
                        "server runs, and whether this is its address"
                    ) from error
                self.pause(wait)
        raise AssertionError("the last attempt ends in an answer or an error")

    def _answer(self, path: str, asked: Mapping[str, Any], *, post: bool) -> Json:
        headers = {"Accept": "application/json", "User-Agent": "herdbook"}
        if self.header:
            headers["Authorization"] = self.header
        address, body = f"{self.url}{_API}{path}", None
        if post:
            body, headers["Content-Type"] = json.dumps(asked).encode(), "application/json"
        else:
            address += f"?{urlencode(asked, quote_via=quote, errors='replace')}"
        with self.opener.open(Request(address, body, headers), timeout=_PATIENCE) as response:
            raw = response.read(_LARGEST + 1)
            kind = response.headers.get_content_type()
        if len(raw) > _LARGEST:
            raise _Unreadable(f"it is larger than {_LARGEST:,} bytes")
        if kind == "text/html":
            raise _Unreadable("it is a page for people, and no JSON")
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise _Unreadable("it is no JSON, or only a part of some") from error
        if not isinstance(found, dict):
            raise _Unreadable("it is no JSON object")
        return found

    def _refused(self, path: str, error: HTTPError) -> NoReturn:
        place = self._place(path)
        code, message = _error_of(error)
        said = f"{place} answers {error.code} {error.reason}" + (f" ({message})" if message else "")
        match error.code:
            case 400 if code == "INVALID_PARAMETER_VALUE" and path == _ONE_RUN:  # no run has such an id
                raise _NotThere(f"{said}; see whether its name is right") from error
            case 404 if code == "RESOURCE_DOES_NOT_EXIST":
                raise _NotThere(f"{said}; see whether its name is right") from error
            case 404 | 405 | 501:
                raise _Missing(f"{said}; see whether this is the address of a tracking server") from error
            case 401 | 403:
                cure = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            case 301 | 302 | 303 | 307 | 308:
                cure = f"give the address that it leads to: {error.headers.get('Location', '')}"
            case 429:
                cure = "it is asked too often; try again later"
            case _:
                cure = "look into the log of the server"
        raise ServerError(f"{said}; {cure}") from error

    def _place(self, path: str) -> str:
        return f"{self.url}{_API}{path}"

    def _report(self, what: str, message: str) -> None:
        self.problems.append(Problem(f"{self.url}: {what}", message))


class _Unreadable(Exception):
    """An answer that is none of MLflow's."""


class _NoRedirection(HTTPRedirectHandler):
    """Leads nowhere: only the address that was given is called."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def _pause_of(error: HTTPError, wait: float) -> float:
    """How long to wait: as long as the server says, within reason."""
    said = error.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_PAUSE) if said.isascii() and said.isdigit() else wait


def _error_of(error: HTTPError) -> tuple[str, str]:
    """What a server of MLflow calls an error, and what it says of it; nothing where it is another's."""
    try:
        said = json.loads(error.read(_LONGEST_ERROR))
    except (OSError, HTTPException, ValueError, RecursionError):
        return "", ""
    if not isinstance(said, dict) or "error_code" not in said:
        return "", ""
    return _text(said, "error_code"), line(_text(said, "message"), _LONGEST_MESSAGE)


def _version(item: Json) -> StoredVersion:
    return StoredVersion(
        model=_text(item, "name"),
        version=_text(item, "version"),
        run_id=_text(item, "run_id"),
        source=_text(item, "source"),
        model_id=_text(item, "model_id"),
        created=_whole(item, "creation_timestamp"),
        updated=_whole(item, "last_updated_timestamp"),
        user=_text(item, "user_id"),
        description=_text(item, "description"),
        stage=_text(item, "current_stage"),
        tags=_pairs(item, "tags"),
    )


def _read_data(item: Json) -> ReadData:
    about, tags = _mapping(item, "dataset"), _pairs(item, "tags")
    return ReadData(
        _text(about, "name"),
        _text(about, "digest"),
        tags.get("mlflow.data.context", ""),
        *(_text(about, field) for field in ("source_type", "source", "schema", "profile")),
    )


def _point(metric: Json) -> Point:
    try:
        value = float(metric.get("value", math.nan))
    except (TypeError, ValueError):
        value = math.nan
    return Point.kept(_whole(metric, "step") or 0, _whole(metric, "timestamp") or 0, value)


def _text(found: Json, field: str) -> str:
    value = found.get(field)
    return "" if value is None else str(value)


def _whole(found: Json, field: str) -> int | None:
    """A whole number; servers write large ones as texts."""
    value = found.get(field)
    if isinstance(value, str) and value.lstrip("-").isdecimal() and value.isascii() and len(value) < 20:
        return int(value)
    return whole(value)


def _mapping(found: Json, field: str) -> Json:
    value = found.get(field)
    return value if isinstance(value, dict) else {}


def _items(found: Json, field: str) -> list[Json]:
    value = found.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _pairs(found: Json, field: str) -> dict[str, str]:
    return {_text(item, "key"): _text(item, "value") for item in _items(found, field)}
