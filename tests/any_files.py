"""Files that a catalog may hold, whatever is in them, and what was found out about a catalog."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from herdbook.catalog import Catalog
from herdbook.tree import MemoryTree

EXAMPLE = Path(__file__).parent / "data" / "example"
PATHS = ["herdbook.yaml", "models/m/model.yaml", "runs/e/r.yaml", "models/m/aliases.yaml", "x.yaml"]
FILES = st.dictionaries(
    st.sampled_from(PATHS),
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1:/@.", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["kind", "name", "model", "aliases", "id", "inputs", "policy", "tags", "at"]),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
    | st.sampled_from([file.read_bytes() for file in sorted(EXAMPLE.rglob("*.yaml"))]),
)
"""Files at paths of a catalog: entries, other values, and what is no YAML."""


def told(catalog: Catalog) -> object:
    """Tell what was found out about a catalog."""
    findings = [(each.rule, each.message, each.place.file, each.place.span) for each in catalog.findings]
    entries = [(entry.source.path, entry.kind, entry.data) for entry in catalog.entries()]
    return findings, [(source.path, repr(source.value)) for source in catalog.sources], entries


def tree_of(contents: Mapping[str, Any]) -> MemoryTree:
    """A tree of files in memory that hold these values."""
    return MemoryTree({path: json.dumps(value).encode() for path, value in contents.items()}, "catalog")
