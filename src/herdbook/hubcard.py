"""README files of the Hugging Face Hub: metadata in YAML at the top, and prose under headings.

What a file says that no field here means is kept in tags whose names begin with ``hf.``, and comes out of
them again. Between marks that Herdbook itself writes, a text stands as it is; elsewhere, headings say what it
means.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from herdbook.dump import dump
from herdbook.errors import HerdbookError
from herdbook.yaml.foreign import read_foreign
from herdbook.yaml.scalars import held

OWN = "herdbook"
"""The key of the metadata that holds what only Herdbook reads."""
RUN = "herdbook_run"
"""The argument by which a metric says which run of a catalog measured it."""
REST = "notes"
"""Where the text under headings goes that mean no field."""
START = "description"
"""Where the text goes that stands below the title."""

HEADINGS = {
    "intended_use": "Intended use",
    "out_of_scope_use": "Out-of-scope use",
    "users": "Users",
    "training_data": "Training data",
    "known_biases": "Known biases",
    "limitations": "Limitations",
    "failure_modes": "Failure modes",
    "ethical_considerations": "Ethical considerations",
    "caveats": "Caveats and recommendations",
    "contact": "Contact",
    "notes": "Notes",
}
"""The headings of the fields of a card."""
MODEL_HEADINGS = {
    "description": ("description", "model description", "model summary", "summary", "overview"),
    "intended_use": (
        "intended use",
        "intended uses",
        "intended uses and limitations",
        "uses",
        "use cases",
        "direct use",
        "primary intended uses",
    ),
    "out_of_scope_use": ("out of scope use", "out of scope uses", "out of scope use cases", "misuse"),
    "users": ("users", "intended users", "primary intended users"),
    "training_data": ("training data", "training dataset", "training datasets"),
    "known_biases": ("bias", "biases", "known biases"),
    "limitations": (
        "limitations",
        "known limitations",
        "limitations and bias",
        "limitations and biases",
        "bias risks and limitations",
        "risks and limitations",
    ),
    "failure_modes": ("failure modes", "known failures", "known issues"),
    "ethical_considerations": ("ethical considerations", "ethics"),
    "caveats": ("caveats", "recommendations", "caveats and recommendations"),
    "contact": ("contact", "model card contact"),
    "notes": ("notes",),
}
"""By fields of a card, the headings that people write for them."""
DATASET_HEADINGS = {
    "description": ("description", "dataset description", "dataset summary", "summary", "overview"),
    "source": ("source data", "source", "data collection and processing"),
    "known_biases": ("bias", "biases", "known biases", "discussion of biases", "bias risks and limitations"),
    "personal_data": ("personal and sensitive information", "personal data"),
    "contact": ("contact", "dataset card contact"),
    "notes": ("notes",),
}
"""By fields of a dataset, the headings that people write for them."""

_METADATA = re.compile(r"\s*---\n(?:(.*?)\n)??---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARK = re.compile(r"<!-- (=*)herdbook: ([a-z_]+) -->")
_END = "end"
_PREFIX = "hf."
_FURTHER = re.compile(r"hf\+[0-9]+\.")
_LONGEST_TAG = 8_000
_LONGEST_KEY = 240
_ONE_LINE = frozenset({"contact"})
_LONGEST_LINE = 1_000


class HubCardError(HerdbookError):
    """A file that is no card, or not one that can be read."""


def parted(raw: bytes) -> tuple[Mapping[str, Any] | None, str]:
    """The metadata of a file, `None` where it has none, and what follows them.

    Raises:
        HubCardError: the file is no text, or its metadata are not a mapping in plain YAML.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HubCardError(f"byte {error.start} is not UTF-8; save the file as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _METADATA.match(text)
    if found is None:
        if text.lstrip().startswith("---\n"):
            raise HubCardError("its metadata do not end; write --- on a line of its own behind them")
        return None, text
    stated = found[1] or ""
    # Lines before it are counted, so that messages name the line of the file.
    before = text[: found.start(1)].count("\n") if found[1] else 0
    says_nothing = all(line.lstrip().startswith("#") or not line.strip() for line in stated.split("\n"))
    value = {} if says_nothing else read_foreign(("\n" * before + stated).encode())
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise HubCardError(f"its metadata are {kind}; write keys and values between the lines of ---")
    return value, text[found.end() :]


def told(body: str, headings: Mapping[str, tuple[str, ...]]) -> tuple[str, dict[str, str]]:
    """The title of a text, and its parts by the names of fields; no line of it is lost.

    Args:
        body: the text behind the metadata.
        headings: by fields, the headings that mean them.
    """
    meaning = {words: name for name, known in headings.items() for words in known}
    parts = _Parts()
    marked, fence, begins = "", "", False
    for line in body.split("\n"):
        mark = _MARK.fullmatch(line)
        if mark is not None and not mark[1] and (mark[2] == _END or mark[2] in headings):
            marked = "" if mark[2] == _END else mark[2]
            begins = True
            parts.begin(marked or REST)
            continue
        if marked:
            if not begins or line != _own_heading(marked):
                parts.add(f"<!-- {mark[1][1:]}herdbook: {mark[2]} -->" if mark and mark[1] else line)
            begins = False
            continue
        opened = _FENCE.match(line)
        if opened is not None:
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        heading = _HEADING.match(line) if not fence and opened is None else None
        if heading is None:
            parts.add(line)
        else:
            words = _words(line[heading.end() :])
            parts.heading(line, len(heading[1]), words, meaning.get(_plain(words)))
    return parts.title, parts.texts()


class _Parts:
    """The parts of a text, as they are found from its top to its end."""

    def __init__(self) -> None:
        self.title = ""
        self._name, self._level, self._untitled = START, 7, True
        self._found: dict[str, list[list[str]]] = {START: [[]]}
        self._said: set[str] = set()

    def begin(self, name: str, level: int = 7) -> None:
        """Let what follows belong to a field."""
        self._untitled = False
        self._name, self._level = name, level
        self._found.setdefault(name, []).append([])

    def add(self, line: str) -> None:
        """Take a line."""
        self._found[self._name][-1].append(line)
        if line.strip():
            self._said.add(self._name)

    def heading(self, line: str, level: int, words: str, name: str | None) -> None:
        """Take a heading, and what it means."""
        if name is not None:
            # Of a second part of a field, the heading tells where it came from.
            has_more = name in self._said
            self.begin(name, level)
            if has_more:
                self.add(line)
        elif self._untitled and level == 1 and words:
            self.title, self._untitled = words, False
        elif self._name == REST or level > self._level:
            self._untitled = False
            self.add(line)
        else:
            self.begin(REST)
            self.add(line)

    def texts(self) -> dict[str, str]:
        found = {}
        for name, parts in self._found.items():
            texts = ["\n".join(part).strip("\n") for part in parts]
            text = "\n\n".join(text for text in texts if text.strip())
            if text:
                found[name] = text
        for name in _ONE_LINE & found.keys():
            if "\n" in found[name] or len(found[name]) > _LONGEST_LINE:
                moved = f"{_own_heading(name)}\n\n{found.pop(name)}"
                found[REST] = f"{found[REST]}\n\n{moved}" if REST in found else moved
        return found


def _own_heading(name: str) -> str:
    """The heading that Herdbook writes for a field; empty where it writes none."""
    return f"## {HEADINGS[name]}" if name in HEADINGS else ""


def _words(heading: str) -> str:
    """The words of a heading, without the signs that may stand behind them, too."""
    words = heading.strip()
    bare = words.rstrip("#")
    return bare.rstrip() if bare != words and (not bare or bare[-1] in " \t") else words


def _plain(heading: str) -> str:
    """A heading as it is looked up: words alone."""
    words = re.sub(r"[^a-z0-9]+", " ", heading.replace("&", " and ").casefold()).strip()
    return words.removesuffix(" optional")


def written(metadata: Mapping[str, Any], title: str, texts: Mapping[str, str]) -> str:
    """A file with metadata, a title, and texts by the names of fields of a card.

    Raises:
        HerdbookError: something of it cannot be written.
    """
    lines = ["---", *dump(metadata).rstrip("\n").split("\n"), "---", "", f"# {title}"]
    for name in (START, *HEADINGS):
        text = re.sub(r"\r\n?", "\n", texts.get(name, "")).strip("\n")
        if not text.strip():
            continue
        lines += ["", f"<!-- herdbook: {name} -->"]
        shown = _own_heading(name)
        if shown and (name != REST or not text.startswith("#") or text.startswith(shown)):
            lines += [shown, ""]
        lines += [_quoted(line) for line in text.split("\n")]
    return "\n".join([*lines, "", f"<!-- herdbook: {_END} -->", ""])


def _quoted(line: str) -> str:
    mark = _MARK.fullmatch(line)
    return line if mark is None else f"<!-- ={mark[1]}herdbook: {mark[2]} -->"


def keepable(key: str) -> bool:
    """Whether a key of the metadata can be a part of the name of a tag."""
    return bool(key.strip()) and "\n" not in key and len(key) <= _LONGEST_KEY


def kept(key: str, value: Any) -> dict[str, str]:
    """Tags that hold a value of the metadata: texts as they are, all else as JSON."""
    value = held(value)  # no card could be written with any other number
    text = value if isinstance(value, str) and not _is_json(value) else json.dumps(value, ensure_ascii=False)
    pieces = [text[at : at + _LONGEST_TAG] for at in range(0, len(text), _LONGEST_TAG)] or [""]
    first = {f"{_PREFIX}{key}": pieces[0]}
    return first | {f"hf+{number}.{key}": piece for number, piece in enumerate(pieces[1:], 2)}


def is_kept(tag: str) -> bool:
    """Whether a tag holds metadata, or a part of them."""
    return tag.startswith(_PREFIX) or _FURTHER.match(tag) is not None


def restored(tags: Mapping[str, str]) -> dict[str, Any]:
    """The metadata that tags hold."""
    found: dict[str, Any] = {}
    for tag, text in tags.items():
        if not tag.startswith(_PREFIX):
            continue
        key, whole, number = tag.removeprefix(_PREFIX), text, 2
        while (more := tags.get(f"hf+{number}.{key}")) is not None:
            whole, number = whole + more, number + 1
        try:
            found[key] = json.loads(whole)
        except (ValueError, RecursionError):
            found[key] = whole
    return found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def licence_in(metadata: Mapping[str, Any]) -> str:
    """The licence that metadata state, in one line; empty where they state none."""
    stated = metadata.get("license")
    if isinstance(stated, list):
        return ", ".join(str(one) for one in stated if isinstance(one, str))
    name = metadata.get("license_name")
    if stated == "other" and isinstance(name, str) and name.strip():
        return name
    return stated if isinstance(stated, str) else ""


def fault_of_results(index: Any) -> str:
    """Why the Hub cannot read the results in ``model-index``; empty where it can."""
    if not isinstance(index, list):
        return "model-index is no list"
    for place, model in enumerate(index):
        if not isinstance(model, dict) or "name" not in model or not isinstance(model.get("results"), list):
            return f"model-index.{place} lacks its name, or a list of results"
        for number, result in enumerate(model["results"]):
            where = f"model-index.{place}.results.{number}"
            if not isinstance(result, dict):
                return f"{where} is no mapping"
            for part, needed in (("task", ("type",)), ("dataset", ("type", "name"))):
                if not isinstance(result.get(part), dict) or any(key not in result[part] for key in needed):
                    return f"{where} lacks {part} with {' and '.join(needed)}"
            source = result.get("source") or {}
            if not isinstance(source, dict) or (source.get("name") and not source.get("url")):
                return f"{where}.source lacks its url"
            if not isinstance(result.get("metrics"), list):
                return f"{where} lacks a list of metrics"
            for metric in result["metrics"]:
                if not isinstance(metric, dict) or "type" not in metric or "value" not in metric:
                    return f"{where} has a metric without type or value"
    return ""
