"""Questions to a tracking server of MLflow, by its REST API, page after page.

The address is one that the user gave; no other is ever called, redirections included. What fails for the
moment is tried again.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from http.client import HTTPException
from typing import IO, Any, NoReturn, Self
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from herdbook.errors import HerdbookError, StorageError
from herdbook.importers.mlflow.fields import line
from herdbook.importers.mlflow.values import Json, items_of, text_of

ONE_RUN = "runs/get"
_API = "/api/2.0/mlflow/"
_OF_WORKSPACE = "X-MLFLOW-WORKSPACE"
_PATIENCE = 60.0
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_LONGEST_PAUSE = 30.0
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LARGEST = 1 << 28
_LONGEST_ERROR, _LONGEST_MESSAGE = 1 << 16, 200


class ServerError(StorageError):
    """A tracking server that does not answer as it should."""


class RefusedError(ServerError):
    """A tracking server that answers, and says no."""


class MissingError(RefusedError):
    """Something that a server does not know."""


class NotThereError(MissingError):
    """Something that a server knows, and has none of this name."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in: a user and a password, or a token; neither where none is needed.

    Attributes:
        user: the user.
        password: the password.
        token: the token.
        workspace: the only workspace that is of interest; empty for all of them.
    """

    user: str = ""
    password: str = ""
    token: str = ""
    workspace: str = ""

    @property
    def header(self) -> str:
        """The header that says so."""
        if self.token:
            return f"Bearer {self.token}"
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"Basic {pair}" if self.user else ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A server that can be asked.

    Attributes:
        url: its address, without what lets one in.
        header: what lets one in.
        pause: waits for so many seconds.
        opener: sends requests.
        workspace: the workspace that is asked about; empty for the one that the server chooses.
    """

    url: str
    header: str
    pause: Callable[[float], None]
    opener: OpenerDirector
    workspace: str = ""

    @classmethod
    def to(cls, url: str, access: Access, pause: Callable[[float], None]) -> Self:
        """A connection to an address; a user and a password in it are used, and never shown.

        Raises:
            HerdbookError: it is no address of a server.
        """
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
        plain = f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
        return cls(plain, access.header, pause, build_opener(_NoRedirection))

    def within(self, workspace: str) -> Self:
        """The same server, asked about a workspace."""
        return replace(self, workspace=workspace)

    def pages(self, path: str, field: str, asked: Mapping[str, Any], *, post: bool = False) -> Iterator[Json]:
        """All that a list has, however many pages it fills.

        Raises:
            ServerError: as for `asked`.
        """
        tokens: set[str] = set()
        token = ""
        while token not in tokens:
            tokens.add(token)
            answer = self.asked(path, {**asked, **({"page_token": token} if token else {})}, post=post)
            yield from items_of(answer, field)
            token = text_of(answer, "next_page_token")
            if not token:
                return
        raise ServerError(
            f"{self.place(path)} gives the same page again and again; look into the log of the server"
        )

    def asked(self, path: str, asked: Mapping[str, Any], *, post: bool) -> Json:
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
                        f"{self.place(path)} gives no answer that can be read: {why}; see whether the "
                        "server runs, and whether this is its address"
                    ) from error
                self.pause(wait)
        raise AssertionError("the last attempt ends in an answer or an error")

    def _answer(self, path: str, asked: Mapping[str, Any], *, post: bool) -> Json:
        headers = {"Accept": "application/json", "User-Agent": "herdbook"}
        if self.header:
            headers["Authorization"] = self.header
        if self.workspace:
            headers[_OF_WORKSPACE] = self.workspace
        address, body = self.place(path), None
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
        place = self.place(path)
        code, message = _error_of(error)
        said = f"{place} answers {error.code} {error.reason}" + (f" ({message})" if message else "")
        match error.code:
            case 400 if code == "INVALID_PARAMETER_VALUE" and path == ONE_RUN:  # no run has such an id
                raise NotThereError(f"{said}; see whether its name is right") from error
            case 404 if code == "RESOURCE_DOES_NOT_EXIST":
                raise NotThereError(f"{said}; see whether its name is right") from error
            case 404 | 405 | 501:
                raise MissingError(f"{said}; see whether this is the address of a tracking server") from error
            case 401 | 403:
                cure = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
            case 301 | 302 | 303 | 307 | 308:
                cure = f"give the address that it leads to: {error.headers.get('Location', '')}"
            case 429:
                cure = "it is asked too often; try again later"
            case _:
                cure = "look into the log of the server"
        raise RefusedError(f"{said}; {cure}") from error

    def place(self, path: str) -> str:
        """The address of a question."""
        return f"{self.url}{path if path.startswith('/') else _API + path}"


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
    return text_of(said, "error_code"), line(text_of(said, "message"), _LONGEST_MESSAGE)
