"""What a pipeline declares of a stage by way of templates: ``foreach``, ``matrix``, and ``${...}`` in paths.

Nothing is computed of them: a lock has the paths that a stage really wrote, and which of them a template is
about shows in the rest of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from herdbook.importers.dvc.values import mapping

_EXPRESSION = re.compile(r"\$\{[^{}]*\}")
_PATHS = ("outs", "metrics", "plots")

Declared = tuple[str, str, Any]
"""A path or the template of one, under which key it stands, and what is said about it."""


def declared(stages: Mapping[str, Any], name: str, written: Sequence[str]) -> Mapping[str, Any]:
    """What a pipeline declares about a stage.

    Args:
        stages: its stages.
        name: the name of the stage, as a lock has it.
        written: the paths of what it wrote.
    """
    about = mapping(stages.get(name) or stages.get(name.partition("@")[0]))
    if "foreach" in about:
        about = mapping(about.get("do"))
    stated = [item for key in _PATHS for item in _stated(key, about.get(key))]
    templates = [item for item in stated if _is_template(item)]
    if not templates:
        return about
    plain = [item for item in stated if not _is_template(item)]
    known = {path for _, path, _ in plain}
    meant = [found for path in written if path not in known and (found := _meant(templates, path))]
    return {
        **about,
        **{key: [{path: said} for at, path, said in (*plain, *meant) if at == key] for key in _PATHS},
    }


def _stated(key: str, value: Any) -> Iterator[Declared]:
    for item in value if isinstance(value, list) else ():
        for path, said in item.items() if isinstance(item, dict) else ((item, None),):
            if isinstance(path, str):
                yield key, path, said


def _is_template(item: Declared) -> bool:
    return _EXPRESSION.search(item[1]) is not None


def _meant(templates: Sequence[Declared], path: str) -> Declared | None:
    """What is said about a path: by the template that fits it and says most of it."""
    fitting = [item for item in templates if _fits(item[1], path)]
    if not fitting:
        return None
    key, _, said = max(fitting, key=lambda item: len(_EXPRESSION.sub("", item[1])))
    return key, path, said


def _fits(template: str, path: str) -> bool:
    """Whether a path is what a template says where that is plain, with anything in between."""
    first, *between, last = _EXPRESSION.split(template)
    at, end = len(first), len(path) - len(last)
    if at > end or not (path.startswith(first) and path.endswith(last)):
        return False
    for part in between:
        found = path.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
