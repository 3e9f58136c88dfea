"""What a ``meta.yaml`` of MLflow's file store says."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.reader import FORBIDDEN_CHARACTERS
from herdbook.source import read_source
from herdbook.tree import DirTree, Overlay, Tree

META = "meta.yaml"
_TEXTS = frozenset(
    {"name", "run_id", "run_uuid", "run_name", "user_id", "source_id", "destination_id", "model_id", "digest"}
    | {"version", "description", "source_run_id", "experiment_id"}
)
_INVISIBLE = re.compile(rf"(?![\x00-\x1f\x7f-\x9f])[{FORBIDDEN_CHARACTERS}]")
_AFTER_BREAK = re.compile(r"(?<=[\u2028\u2029]) +")
_PRIVATE = range(0xF0000, 0xF1000)

Meta = Mapping[str, Any]


class MetaError(HerdbookError):
    """A ``meta.yaml`` that is missing, or cannot be read; the message says why, and not which."""


def meta_of(folder: Path) -> Meta:
    """What the ``meta.yaml`` of a folder says; names that YAML takes for numbers are texts.

    Raises:
        MetaError: there is none, or it cannot be read.
    """
    tree, hidden = _with_stand_ins(DirTree(folder))
    source, problems = read_source(tree, META, bounded=False)
    if not isinstance(source.value, Mapping):
        raise MetaError(problems[0].message if problems else "it holds no mapping")
    return {
        key: source.written((key,)) if _is_text(key, value) else _put_back(value, hidden)
        for key, value in source.value.items()
    }


def _is_text(key: str, value: Any) -> bool:
    return isinstance(value, bool | int | float) and key in _TEXTS


def _with_stand_ins(tree: DirTree) -> tuple[Tree, Mapping[int, str]]:
    """A folder whose ``meta.yaml`` has others in place of the characters that a catalog does not allow.

    People paste them into names without seeing them; and which stands for which.
    """
    try:
        text = tree.read(META).decode("utf-8").replace("\x85", "\n")  # that is what YAML 1.1 takes it for
    except (OSError, ValueError):
        return tree, {}  # the reader says what is the matter
    found = sorted(set(_INVISIBLE.findall(text)))
    free = (character for character in map(chr, _PRIVATE) if character not in text)
    stand_ins = dict(zip(map(ord, found), free, strict=False))
    # YAML breaks lines at these two, and what then stands before the rest is no part of the text.
    written = _AFTER_BREAK.sub("", text).translate(stand_ins).encode()
    return Overlay(tree, {META: written}), {ord(stand_in): chr(code) for code, stand_in in stand_ins.items()}


def _put_back(value: Any, hidden: Mapping[int, str]) -> Any:
    if isinstance(value, str) and hidden:
        return value.translate(hidden)
    if isinstance(value, dict):
        return {key: _put_back(item, hidden) for key, item in value.items()}
    return value
