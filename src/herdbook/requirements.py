"""Requirements of environments, in the words of pip: their names, and whether they are pinned."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from herdbook.errors import HerdbookError
from herdbook.formats import clipped

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_EXACT = re.compile(r"\s*===?\s*([^\s*=]+)\s*")
# Under which it is installed, options, and a comment.
_CONDITIONS = re.compile(r";|\s--|\s#")
_FIXED = (
    r"[#&](?:sha256=[0-9a-f]{64}|sha384=[0-9a-f]{96}|sha512=[0-9a-f]{128})\b"
    r"|@(?:[0-9a-f]{40}|[0-9a-f]{64})(?![^#?&\s])"
)


class RequirementError(HerdbookError):
    """A text that is no requirement."""


@lru_cache(maxsize=10_000)  # the runs of a catalog share most of their requirements
def is_pinned(text: str) -> bool:
    """Tell whether a line of requirements names one exact version, or content by its digest."""
    if text.startswith("#") or (text.startswith("--") and not text.startswith("--editable")):
        return True  # a comment, or an option of pip
    if "@" in text or "://" in text or text.startswith(("-", ".", "/")):
        return re.search(_FIXED, text) is not None
    match = _REQUIREMENT.fullmatch(_CONDITIONS.split(text, maxsplit=1)[0])
    return match is not None and _exact(match[2]) != ""


@lru_cache(maxsize=10_000)
def package(text: str) -> tuple[str, str]:
    """Return the name of the package in a line of requirements, and the version that it is pinned to.

    The name is normalised as package indexes do it (PEP 503): ``scikit-learn`` for ``Scikit_Learn``. It is
    empty where the line names none, the version where the line does not pin one.
    """
    text = text.strip()
    match = _REQUIREMENT.fullmatch(_CONDITIONS.split(text, maxsplit=1)[0])
    if match is None or "/" in text.partition("@")[0]:
        return "", ""
    return normalised(match[1]), _exact(match[2])


def normalised(name: str) -> str:
    """Return the name of a package as package indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(text: str) -> tuple[str, Callable[[str], bool | None]]:
    """Read a requirement with PEP 440 version specifiers, such as ``scikit-learn>=1.3,<1.5``.

    Returns:
        The name of the package, and a function that tells whether a version is among those meant; it gives
        `None` for what is no version, unless any is meant.

    Raises:
        RequirementError: `text` is no such requirement, or has more to it than a name and versions.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion, Version

    shown = repr(clipped(text, 80))
    hint = 'write a package and its versions, such as "scikit-learn>=1.3,<1.5"'
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise RequirementError(f"{shown} is no requirement: {hint}") from error
    if requirement.url or requirement.marker or requirement.extras:
        raise RequirementError(f"{shown} says more than a package and its versions: {hint}")

    @cache
    def is_meant(version: str) -> bool | None:
        if not requirement.specifier:
            return True
        try:
            return requirement.specifier.contains(Version(version), prereleases=True)
        except InvalidVersion:
            return None

    return normalised(requirement.name), is_meant


def _exact(specifiers: str) -> str:
    """The version that specifiers such as ``==1.4.2`` pin; empty if they do not."""
    found = (_EXACT.fullmatch(part) for part in specifiers.strip("() ").split(","))
    return next((match[1] for match in found if match is not None), "")
