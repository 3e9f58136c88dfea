"""What a user would pick instead, on the same files; each with patience for so many seconds."""

import json
import shutil
import sys
from pathlib import Path

from benchmarks.cost import FOLDER, PROGRAMS, Cost, measure, put_aside

# What it takes to have a site of them.
_UNPRUNED = {
    "site_name": "benchmark",
    "docs_dir": "docs",
    "use_directory_urls": False,
    "theme": {"name": "material", "font": False},
    "plugins": ["search"],
}
_PRUNED = {**_UNPRUNED, "theme": {**_UNPRUNED["theme"], "features": ["navigation.prune"]}}  # type: ignore[dict-item]  # a table of its own

# As the formatters of pre-commit do: each file is loaded with its comments, and written.
_ROUND_TRIP = """
import sys
from pathlib import Path
from ruamel.yaml import YAML

yaml = YAML()
yaml.preserve_quotes = True
for path in sorted(Path(sys.argv[1]).rglob("*.yaml")):
    value = yaml.load(path)
    with path.open("w") as file:
        yaml.dump(value, file)
"""

# A table of each kind, with all that is not a plain value as JSON.
_FRAMES = """
import json, sys
from pathlib import Path
import pandas, yaml

rows = {}
for path in sorted(Path(sys.argv[1]).rglob("*.yaml")):
    value = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    flat = {k: json.dumps(v, default=str) if isinstance(v, (dict, list)) else v for k, v in value.items()}
    rows.setdefault(value["kind"], []).append(flat)
for kind, found in rows.items():
    pandas.DataFrame(found).astype("string").to_parquet(Path(sys.argv[2], f"{kind}.parquet"))
"""


def validated(catalog: Path, patience: float) -> Cost:
    """Let `check-jsonschema` look at the run files."""
    schema = FOLDER.absolute() / "run.json"
    measure([PROGRAMS / "herdbook", "schema", "run"], FOLDER)
    shutil.copy(FOLDER / "output.txt", schema)
    # They are too many for one command line.
    command = f"find runs -name '*.yaml' | xargs '{PROGRAMS}/check-jsonschema' --schemafile '{schema}'"
    return measure(["sh", "-c", command], catalog, patience)


def navigated(site: Path, patience: float, *, pruned: bool) -> tuple[Cost, int, int]:
    """Let MkDocs with Material build the pages of a site; tell also how many of how many pages it wrote."""
    root = FOLDER / "mkdocs"
    put_aside(root)
    pages = [path.relative_to(site) for path in site.rglob("*.md")]
    for page in pages:
        (root / "docs" / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site / page, root / "docs" / page)
    (root / "mkdocs.yml").write_text(json.dumps(_PRUNED if pruned else _UNPRUNED))
    cost = measure([PROGRAMS / "mkdocs", "build", "--quiet"], root, patience)
    written = sum((root / "site" / page).with_suffix(".html").exists() for page in pages)
    put_aside(root)
    return cost, written, len(pages)


def round_trip(catalog: Path, patience: float) -> Cost:
    """Lay out the files of a catalog with ruamel.yaml."""
    return measure([sys.executable, "-c", _ROUND_TRIP, "."], catalog, patience)


def frames(catalog: Path, out: Path, patience: float) -> Cost:
    """Write the files of a catalog as tables, with PyYAML and pandas."""
    out.mkdir(parents=True, exist_ok=True)
    return measure([sys.executable, "-c", _FRAMES, ".", out.absolute()], catalog, patience)
