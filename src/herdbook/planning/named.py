"""Entries as somebody names them to a command, where their kind goes without saying."""

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Model, ModelVersion
from herdbook.planning.plan import PlanError
from herdbook.queries.asking import Found, find, shown
from herdbook.ref import Kind, Ref


def find_of(catalog: Catalog, kind: Kind, text: str) -> Found:
    """Find what a name stands for; where it says no kind, it is of this one.

    Raises:
        HerdbookError: it is malformed, or leads nowhere.
    """
    return find(catalog, text if ":/" in text else f"{kind}:/{text}")


def model_named(catalog: Catalog, text: str) -> str:
    """The name of the model that somebody means.

    Raises:
        HerdbookError: there is none.
    """
    found = find_of(catalog, Kind.MODEL, text).ref
    if found.kind is not Kind.MODEL or found.version is not None or found.alias is not None:
        raise PlanError(f"{shown(text)} is no model; name one, such as models:/churn")
    return found.name


def model_version_named(catalog: Catalog, model: str, version: str) -> ModelVersion:
    """The version of a model that somebody means by a number or a label.

    Raises:
        HerdbookError: there is none.
    """
    entry = find(catalog, str(Ref.model(model, version))).entry
    if not isinstance(entry, ModelVersion):
        raise PlanError(f"{shown(version)} is no version of {Ref.model(model)}; give its number or its label")
    return entry


def model_or_version(catalog: Catalog, text: str) -> tuple[str, int | None]:
    """The name of the model that somebody means, and the number of the version, if that is one.

    Raises:
        HerdbookError: there is none.
    """
    match find_of(catalog, Kind.MODEL, text).entry:
        case Model() as model:
            return model.name, None
        case ModelVersion() as version:
            return version.model, version.version
    raise PlanError(
        f"{shown(text)} is neither a model nor a version of one; name one, such as churn or churn/2"
    )


def dataset_version_named(catalog: Catalog, text: str) -> DatasetVersion:
    """The dataset version that somebody means.

    Raises:
        HerdbookError: there is none.
    """
    entry = find_of(catalog, Kind.DATASET, text).entry
    if not isinstance(entry, DatasetVersion):
        raise PlanError(f"{shown(text)} is no version of a dataset; name one, such as orders/v2.1")
    return entry
