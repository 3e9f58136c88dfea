"""CODEOWNERS: who must approve a change of a file."""

import re
from dataclasses import dataclass, field

from herdbook.globs import glob_matches

_OWNER = re.compile(r"@[A-Za-z0-9][\w.-]*(?:/[\w./-]+)?|@@[a-z-]+|[^\s@]+@[^\s@]+\.[^\s@]+")
_SECTION = re.compile(r"(?P<optional>\^)?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>(?:\s+\S+)*)\s*")
_WORDS = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(slots=True)
class _Section:
    optional: bool = False
    owners: bool = False
    lines: list[tuple[str, bool]] = field(default_factory=list)


class Codeowners:
    """The patterns of a file, and whether each has an owner."""

    def __init__(self, text: str, *, sections: bool = False) -> None:
        """Read a file.

        Args:
            text: what it holds.
            sections: whether the forge knows sections, as GitLab does.
        """
        self._sections = [_Section()]
        for line in text.splitlines():
            stripped = line.strip()
            if not stripped or stripped.startswith("#"):
                continue
            heading = _SECTION.fullmatch(stripped) if sections else None
            if heading is not None:
                owners = any(map(_OWNER.fullmatch, heading["owners"].split()))
                self._sections.append(_Section(heading["optional"] is not None, owners))
                continue
            pattern, *words = _WORDS.findall(re.split(r"\s#", stripped, maxsplit=1)[0])
            section = self._sections[-1]
            owned = any(map(_OWNER.fullmatch, words)) or (not words and section.owners)
            section.lines.append((re.sub(r"\\(.)", r"\1", pattern), owned))

    def guard(self, path: str) -> bool:
        """Tell whether a change of a file needs an owner's approval: the last pattern that fits counts."""
        for section in self._sections:
            fitting = [owned for pattern, owned in section.lines if pattern_matches(pattern, path)]
            if fitting and fitting[-1] and not section.optional:
                return True
        return False


def pattern_matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern of CODEOWNERS or of .gitattributes, which are much alike, means a file.

    A pattern with a slash before its end starts at the top, another one fits at any depth; what fits a folder
    fits all that is in it, but ``folder/*`` means only what is directly in the folder.
    """
    inner = pattern.strip("/")
    if not inner or pattern.startswith("!"):
        return False
    anywhere = "" if pattern.startswith("/") or "/" in inner else "**/"
    globs = [] if pattern.endswith("/") else [f"{anywhere}{inner}"]
    if not inner.endswith("/*"):
        globs.append(f"{anywhere}{inner}/**")
    return any(glob_matches(glob, path) for glob in globs)
