"""Where a new entry goes: a place that is free, under a name that no system takes for another one."""

import unicodedata

from herdbook.catalog import Catalog
from herdbook.planning.plan import PlanError
from herdbook.queries.asking import shown
from herdbook.ref import Kind, Ref, is_name

_PLACES = {
    Kind.DATASET: ("a dataset", "datasets/{name}/dataset.yaml"),
    Kind.MODEL: ("a model", "models/{name}/model.yaml"),
    Kind.ENDPOINT: ("an endpoint", "endpoints/{name}.yaml"),
}


def place_for(catalog: Catalog, kind: Kind, name: str) -> str:
    """The path at which a new dataset, model or endpoint belongs.

    Raises:
        PlanError: the name is none, or something has it.
    """
    what, path = _PLACES[kind]
    _keep_to_names((what, name))
    path = path.format(name=name)
    _keep_free(catalog, path)
    _keep_meaning(catalog, Ref(kind, name))
    return path


def place_for_run(catalog: Catalog, experiment: str, run: str) -> str:
    """The path at which a new run belongs.

    Raises:
        PlanError: a name is none, or a run of whatever experiment has it.
    """
    _keep_to_names(("a run", run), ("an experiment", experiment))
    path = f"runs/{experiment}/{run}.yaml"
    _keep_free(catalog, path)
    for other in catalog.paths:
        folder, _, file = other.rpartition("/")
        if folder.startswith("runs/") and _folded(file) == _folded(f"{run}.yaml"):
            raise PlanError(
                f"the id {run} is that of {other} already, and runs of all experiments are called by "
                "their ids alone; take another id"
            )
    _keep_meaning(catalog, Ref.run(run))
    return path


def place_for_version(catalog: Catalog, dataset: str, version: str) -> str:
    """The path at which a new version of a dataset belongs.

    Raises:
        PlanError: a name is none, or something has it.
    """
    _keep_to_names(("a dataset", dataset), ("a version", version))
    path = f"datasets/{dataset}/versions/{version}.yaml"
    _keep_free(catalog, path)
    return path


def keep_off_refused(catalog: Catalog, path: str) -> None:
    """Refuse a path at which a file is that cannot be read: what it says is not to be lost.

    Raises:
        PlanError: there is one.
    """
    if path in catalog.refused:
        raise PlanError(f"{path}: the file is refused; `herdbook check` says why: mend it first")


def keep_off_refused_file_of(catalog: Catalog, ref: Ref) -> None:
    """Refuse a reference whose file cannot be read: that it has none is not to be said.

    Raises:
        PlanError: it has such a file.
    """
    for path in catalog.refused_at(ref):
        keep_off_refused(catalog, path)


def _keep_to_names(*names: tuple[str, str]) -> None:
    for what, name in names:
        if not is_name(name):
            raise PlanError(
                f"{shown(name)} cannot be the name of {what}, for it is part of paths and addresses, too: "
                "use letters, digits, single dots, hyphens and underscores, at most 128, beginning with a "
                "letter or a digit, and no name that Windows reserves, such as nul"
            )


def _keep_free(catalog: Catalog, path: str) -> None:
    """Refuse a path at which a file is, or which differs from that of another only in the form of letters.

    Systems that take capitals for small letters, or one form of a letter for another, would lay one file over
    the other.
    """
    parts = path.split("/")
    folded = [_folded(part) for part in parts]
    for there in catalog.paths:
        if there == path:
            refused = ", though it is refused: `herdbook check` says why" if path in catalog.refused else ""
            raise PlanError(f"{path} is there already{refused}; take another name, or change that file")
        for mine, alike, other in zip(parts, folded, there.split("/"), strict=False):
            if mine != other:
                if alike == _folded(other):
                    raise PlanError(
                        f"{path} and {there} differ only in the form of letters, and some systems take "
                        f"them for the same: spell it {other}, or take another name"
                    )
                break


def _keep_meaning(catalog: Catalog, ref: Ref) -> None:
    known = catalog.resolve(ref)
    if known is not None:
        raise PlanError(
            f"{ref} means {known.label} already, by the title that it was imported with; take another name"
        )


def _folded(text: str) -> str:
    """What a system may take a name for."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
