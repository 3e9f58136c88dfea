"""Read the Bad and Good examples out of a rule's docstring and lay them over the example catalog.

An example is a fenced YAML block of one or more fragments, each behind a line that names its file:

    # runs/churn/train-2.yaml                         its keys replace those of that file, or are added
    # runs/churn/train-2.yaml without seeds, params   the same, and these keys are dropped
    # runs/churn/train-3.yaml, whole                  it is the whole file
    # runs/churn/train-2.yaml, deleted                there is no such file
    # runs/churn/train-2.yaml, before                 so it was before the change; for rules about changes
    # ../.github/workflows/gate.yml, whole            a file outside the catalog

Lines that must be flagged end in ``# <- here``.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

EXAMPLE_CATALOG = Path(__file__).parent / "data" / "example"
MARK = "# <- here"

_HEADER = re.compile(
    r"# (?P<path>[\w./-]+\.ya?ml)(?:, (?P<how>whole|deleted|before)| without (?P<dropped>.+))?"
)
_BLOCK = re.compile(r"^(Bad|Good)[^\n]*:\n\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fragment:
    """A change to one file of the example catalog."""

    path: str
    text: str
    how: str
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One fenced block of a docstring."""

    verdict: str
    fragments: tuple[Fragment, ...]

    def lay(self, folder: Path) -> set[tuple[str, int]]:
        """Write the example catalog with this example over it; return the flagged (path, line) pairs."""
        self.lay_base(folder)
        marked = set()
        for fragment in self.fragments:
            if fragment.how == "before":
                continue
            file = folder / fragment.path
            if fragment.how == "deleted":
                file.unlink()
                continue
            base = file.read_text() if file.exists() and fragment.how != "whole" else ""
            text = _overlaid(base, fragment)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            marked |= {
                (fragment.path.removeprefix("../"), number)
                for number, line in enumerate(text.split("\n"), 1)
                if line.endswith(MARK)
            }
        return marked

    def lay_base(self, folder: Path) -> None:
        """Write the example catalog as it was before the change."""
        shutil.copytree(EXAMPLE_CATALOG, folder)
        for fragment in self.fragments:
            if fragment.how == "before":
                file = folder / fragment.path
                file.write_text(_overlaid(file.read_text() if file.exists() else "", fragment))


def examples(docstring: str) -> list[Example]:
    """All examples of a docstring, in order."""
    return [Example(verdict, tuple(_fragments(block))) for verdict, block in _BLOCK.findall(docstring)]


def case(text: str) -> Example:
    """An example that stands in a file of its own."""
    return Example("Bad" if MARK in text else "Good", tuple(_fragments(text)))


def _fragments(block: str) -> list[Fragment]:
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in block.splitlines():
        header = _HEADER.fullmatch(line)
        if header:
            found.append((header, []))
        else:
            assert found, f"an example begins with a line that names its file, not with {line!r}"
            found[-1][1].append(line)
    return [
        Fragment(
            header["path"],
            "".join(f"{line}\n" for line in lines),
            header["how"] or "over",
            tuple(key.strip() for key in (header["dropped"] or "").split(",") if key.strip()),
        )
        for header, lines in found
    ]


def _overlaid(base: str, fragment: Fragment) -> str:
    if fragment.how == "whole" or not base:
        return fragment.text
    blocks = _top_level(base)
    for key in fragment.dropped:
        assert key in blocks, f"{fragment.path} has no key {key} to drop"
        del blocks[key]
    blocks.update(_top_level(fragment.text))
    return "".join(blocks.values())


def _top_level(text: str) -> dict[str, str]:
    """Split a mapping in block form into its keys, each with its lines."""
    blocks: dict[str, str] = {}
    key = ""
    for line in text.splitlines(keepends=True):
        start = re.match(r"([\w-]+):", line)
        key = start[1] if start else key
        blocks[key] = blocks.get(key, "") + line
    return blocks
