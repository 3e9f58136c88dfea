"""The ids that MLflow 3 gave to models when they were logged.

A catalog keeps what is registered. The id that a version had before is known where it is part of the address
from which the version came.
"""

import re

from herdbook.entries import ModelVersion

_ID = re.compile(r"(?<![\w-])m-[0-9a-f]{32}(?![\w-])")


def is_logged_model_id(text: str) -> bool:
    """Tell whether a text has the form of the ids that MLflow gives to logged models."""
    return _ID.fullmatch(text) is not None


def logged_model_id(version: ModelVersion) -> str:
    """The id of the logged model that a version was registered from; empty where that is not known."""
    found = _ID.search(version.imported_from.get("source", "")) or _ID.search(version.text("uri"))
    return found[0] if found is not None else ""
