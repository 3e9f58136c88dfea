"""What a ``meta.yaml`` of MLflow's file store says."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.source import SourceFile, read_source
from herdbook.tree import DirTree, Overlay, Tree
from herdbook.yaml.foreign import Hidden, put_back, with_stand_ins

META = "meta.yaml"
_TEXTS = frozenset(
    {"name", "run_id", "run_uuid", "run_name", "user_id", "source_id", "destination_id", "model_id", "digest"}
    | {"version", "description", "source_run_id", "experiment_id"}
)
_TAGS = "tags"
"""All of whose values are texts."""
_AFTER_BREAK = re.compile(r"(?<=[\u2028\u2029]) +")

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
    return {key: _meant(source, (key,), value, hidden) for key, value in source.value.items()}


def _meant(source: SourceFile, route: tuple[str, ...], value: Any, hidden: Hidden) -> Any:
    """A value as MLflow wrote it: what stands in a text has quotes only where older readers need them."""
    if isinstance(value, Mapping):
        return {key: _meant(source, (*route, key), item, hidden) for key, item in value.items()}
    if isinstance(value, bool | int | float) and (route[0] == _TAGS or route[-1] in _TEXTS):
        return source.written(route)
    return put_back(value, hidden)


def _with_stand_ins(tree: DirTree) -> tuple[Tree, Hidden]:
    """A folder whose ``meta.yaml`` has others in place of characters that nobody sees, and what these are."""
    try:
        text = tree.read(META).decode("utf-8").replace("\x85", "\n")  # that is what YAML 1.1 takes it for
    except (OSError, ValueError):
        return tree, {}  # the reader says what is the matter
    # YAML breaks lines at these two, and what then stands before the rest is no part of the text.
    visible, hidden = with_stand_ins(_AFTER_BREAK.sub("", text))
    return Overlay(tree, {META: visible.encode()}), hidden
