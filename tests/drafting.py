"""Bring drafts into a catalog on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.memory import open_catalog
from herdbook.planning.carrying_out import Outcome, carry_out
from herdbook.planning.drafts import Draft, Imported, Key
from herdbook.planning.importing import Import, bring_in
from herdbook.planning.mapping import Mapped
from herdbook.planning.plan import Plan
from herdbook.planning.selecting import Selection

TODAY = date(2026, 1, 1)
EVERYTHING = Selection()


@dataclass(frozen=True)
class Brought:
    """What came of an import."""

    outcome: Outcome
    problems: tuple[str, ...]
    is_loss: bool

    @property
    def catalog(self) -> Catalog:
        """The catalog with it."""
        return self.outcome.after

    @property
    def paths(self) -> list[str]:
        """The files that were written."""
        return sorted(write.path for write in self.outcome.writes)


def empty(folder: Path) -> Path:
    """Make a catalog with nothing in it."""
    folder.mkdir(parents=True)
    (folder / "herdbook.yaml").write_text("kind: catalog\nname: imported\n")
    return folder


def bring(
    folder: Path,
    imported: Imported | Sequence[Draft],
    selection: Selection = EVERYTHING,
    mapping: Sequence[Mapped] = (),
) -> Brought:
    """Bring in what was found; of drafts alone, the system is ``other``. All that is written can be read."""
    if not isinstance(imported, Imported):
        imported = Imported("other", "", imported)
    made: list[Import] = []

    def plan(catalog: Catalog) -> Plan:
        made.append(bring_in(catalog, imported, selection, mapping))
        return made[-1].plan

    outcome = carry_out(folder, plan, TODAY)
    assert not outcome.refused, outcome.report
    assert open_catalog(folder).findings == ()
    remainder = made[-1].remainder
    return Brought(outcome, tuple(map(str, remainder.problems)), remainder.is_loss)


def run(name: str, experiment: str = "trials", **fields: object) -> Draft:
    """A draft of a finished run."""
    value = {
        "experiment": Key("experiment", experiment),
        "type": "training",
        "status": "finished",
        **fields,
    }
    return Draft(Key("run", name), value, f"there/{name}")


def model(name: str, **fields: object) -> Draft:
    """A draft of a model."""
    return Draft(Key("model", name), fields, f"there/{name}")


def version(name: str, number: int, run: str, **fields: object) -> Draft:
    """A draft of a version of a model."""
    value = {"run": Key("run", run), "uri": "s3://there/model", **fields}
    return Draft(Key("model-version", str(number), name), value, f"there/{name}/{number}")


def dataset(name: str, number: str, **fields: object) -> list[Draft]:
    """Drafts of a dataset and of a version of it."""
    source = f"there/{name}"
    whole = Draft(Key("dataset", name), {}, source)
    return [whole, Draft(Key("dataset-version", number, name), fields, source)]


def aliases(name: str, **lines: list[dict[str, object]]) -> Draft:
    """A draft of the aliases of a model."""
    return Draft(Key("aliases", within=name), {"aliases": lines}, f"there/{name}")


def line(said: object, at: str = "2024-01-01T00:00:00Z", **fields: object) -> dict[str, object]:
    """A line of a ledger of aliases."""
    return {"version": said, "at": at, "by": "other", **fields}
