"""Entries as somebody names them to a command, where their kind goes without saying."""

from herdbook.catalog import Catalog
from herdbook.entries import Model, ModelVersion
from herdbook.planning.plan import PlanError
from herdbook.queries.asking import Found, find, shown
from herdbook.ref import Kind


def find_of(catalog: Catalog, kind: Kind, text: str) -> Found:
    """Find what a name stands for; where it says no kind, it is of this one.

    Raises:
        HerdbookError: it is malformed, or leads nowhere.
    """
    return find(catalog, text if ":/" in text else f"{kind}:/{text}")


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
