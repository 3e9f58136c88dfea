"""What the files of the API hold. Their JSON and their JSON Schemas follow from the types of the fields.

``entry`` is always what the file of the catalog says, in the format that the schema of its kind describes;
the other fields are what follows from the catalog as a whole. Addresses in ``links`` are relative to the file
that they stand in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from herdbook.ref import Ref

Links = dict[str, str]


@dataclass(frozen=True, slots=True)
class AliasItem:
    """An alias of a model.

    Attributes:
        alias: its name.
        version: the version that it points to; null where it was withdrawn.
        at: since when, in UTC.
        links: the file that tells all about it, and its badge.
    """

    alias: str
    version: int | None
    at: str
    links: Links


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A version in the list of a model's versions.

    Attributes:
        ref: its reference.
        version: its number.
        label: its other name; empty where it has none.
        created_at: when it was registered, in UTC; empty where nobody recorded it.
        aliases: the aliases that point to it.
        stage: its stage: none, staging, production or archived.
        recalled: whether it comes from recalled data.
        links: the file that tells all about it, and its page.
    """

    ref: Ref
    version: int
    label: str
    created_at: str
    aliases: tuple[str, ...]
    stage: str
    recalled: bool
    links: Links


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model with its aliases and its versions, the newest first; long lists go on in the next file.

    Attributes:
        ref: its reference.
        entry: its file in the catalog; null where it has none.
        card: the card that holds for every version; null where it has none.
        aliases: its aliases.
        versions: the versions on this page of the list.
        page: the number of this page, from 1.
        pages: how many pages the list has.
        total: how many versions there are.
        links: its page on the site, and the pages of the list before and after this one.
    """

    ref: Ref
    entry: Any
    card: Any
    aliases: tuple[AliasItem, ...]
    versions: tuple[VersionItem, ...]
    page: int
    pages: int
    total: int
    links: Links


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A version of a model.

    Attributes:
        ref: its reference.
        entry: its file in the catalog.
        card: what its own card adds to that of the model; null where it has none.
        aliases: the aliases that point to it.
        stage: its stage: none, staging, production or archived.
        endpoints: the endpoints that serve it.
        evaluations: the newest 100 runs that evaluated it.
        recalled_ancestors: the recalled dataset versions that it comes from.
        links: its model, its page, and the answers about it.
    """

    ref: Ref
    entry: Any
    card: Any
    aliases: tuple[str, ...]
    stage: str
    endpoints: tuple[Ref, ...]
    evaluations: tuple[Ref, ...]
    recalled_ancestors: tuple[Ref, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class Assigned:
    """A line of the ledger of an alias.

    Attributes:
        version: the version that it points to from then on; null where it was withdrawn.
        at: since when, in UTC.
        by: who set it.
        approved_by: who approved it.
        reason: why, in Markdown.
        evidence: what they relied on.
    """

    version: int | None
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AliasFile:
    """All that is needed to serve what an alias points to.

    Attributes:
        model: the name of the model.
        alias: the name of the alias.
        version: the version that it points to; null where it was withdrawn.
        ref: the reference of that version; null where it was withdrawn or is not in the catalog.
        label: the other name of the version; empty where it has none.
        uri: where the artifact is; empty where there is none.
        digest: the digest of the artifact, with the algorithm in front; empty where nobody recorded it.
        size: its size in bytes; null where nobody recorded it.
        flavors: the formats in which it can be loaded.
        signature: the columns that go in and come out; null where nobody recorded it.
        requirements: the packages that it needs, as pip names them.
        python: the version of Python with which it was made; empty where nobody recorded it.
        run: the run that made it; null where there is none.
        deprecated: when, by whom and for what reason the version was deprecated; null if it was not.
        recalled_ancestors: the recalled dataset versions that it comes from.
        assigned: the line of the ledger that is in force.
        history: the lines before it, the newest first, at most 100.
        links: the version, the model, the badge, the page, and what the version was made from.
    """

    model: str
    alias: str
    version: int | None
    ref: Ref | None
    label: str
    uri: str
    digest: str
    size: int | None
    flavors: tuple[str, ...]
    signature: Any
    requirements: tuple[str, ...]
    python: str
    run: Ref | None
    deprecated: Any
    recalled_ancestors: tuple[Ref, ...]
    assigned: Assigned
    history: tuple[Assigned, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class DatasetVersionItem:
    """A version in the list of a dataset's versions.

    Attributes:
        ref: its reference.
        version: its name.
        created_at: when it was made, in UTC; empty where nobody recorded it.
        rows: how many rows it has; null where nobody recorded it.
        digest: the digest of its content, with the algorithm in front; empty where nobody recorded it.
        recalled: whether it was recalled, or comes from recalled data.
        links: the file that tells all about it, and its page.
    """

    ref: Ref
    version: str
    created_at: str
    rows: int | None
    digest: str
    recalled: bool
    links: Links


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """A dataset with its versions, the newest first; long lists go on in the next file.

    Attributes:
        ref: its reference.
        entry: its file in the catalog; null where it has none.
        versions: the versions on this page of the list.
        page: the number of this page, from 1.
        pages: how many pages the list has.
        total: how many versions there are.
        links: its page on the site, what depends on it, and the pages before and after this one.
    """

    ref: Ref
    entry: Any
    versions: tuple[DatasetVersionItem, ...]
    page: int
    pages: int
    total: int
    links: Links


@dataclass(frozen=True, slots=True)
class DatasetVersionFile:
    """A version of a dataset.

    Attributes:
        ref: its reference.
        entry: its file in the catalog.
        recalled_ancestors: the recalled dataset versions that it comes from.
        links: its dataset, its page, and the answers about it.
    """

    ref: Ref
    entry: Any
    recalled_ancestors: tuple[Ref, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run.

    Attributes:
        ref: its reference.
        entry: its file in the catalog.
        versions: the model versions that were registered from it.
        recalled_ancestors: the recalled dataset versions that it read, directly or not.
        links: its page, and the answers about it.
    """

    ref: Ref
    entry: Any
    versions: tuple[Ref, ...]
    recalled_ancestors: tuple[Ref, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class RunOfExperiment:
    """A run among those of its experiment.

    Attributes:
        ref: its reference.
        entry: its file in the catalog, of whose curves only the end is left; null where that is long.
        links: the file that tells all about it.
    """

    ref: Ref
    entry: Any
    links: Links


@dataclass(frozen=True, slots=True)
class DataOfExperiment:
    """A dataset version that runs of an experiment read.

    Attributes:
        ref: its reference.
        uri: where it is; empty where nobody recorded it.
        digest: the digest of its content, with the algorithm in front; empty where nobody recorded it.
        links: the file that tells all about it.
    """

    ref: Ref
    uri: str
    digest: str
    links: Links


@dataclass(frozen=True, slots=True)
class ExperimentFile:
    """The runs of an experiment, the newest first; long lists go on in the next file.

    Attributes:
        experiment: its name.
        began_at: when its first run began, in UTC; empty where nobody recorded it.
        runs: the runs on this page of the list.
        datasets: the dataset versions that these runs read.
        page: the number of this page, from 1.
        pages: how many pages the list has.
        total: how many runs there are.
        links: its page on the site, and the pages of the list before and after this one.
    """

    experiment: str
    began_at: str
    runs: tuple[RunOfExperiment, ...]
    datasets: tuple[DataOfExperiment, ...]
    page: int
    pages: int
    total: int
    links: Links


@dataclass(frozen=True, slots=True)
class ExperimentItem:
    """An experiment in the list of all.

    Attributes:
        experiment: its name.
        began_at: when its first run began, in UTC; empty where nobody recorded it.
        runs: how many runs it has.
        links: the list of its runs, and its page.
    """

    experiment: str
    began_at: str
    runs: int
    links: Links


@dataclass(frozen=True, slots=True)
class ExperimentsFile:
    """A page of the list of all experiments.

    Attributes:
        items: the experiments on this page.
        page: the number of this page, from 1.
        pages: how many pages the list has.
        total: how many experiments there are.
        links: the pages before and after this one.
    """

    items: tuple[ExperimentItem, ...]
    page: int
    pages: int
    total: int
    links: Links


@dataclass(frozen=True, slots=True)
class ServedItem:
    """What an endpoint serves.

    Attributes:
        model: the alias or version that it names, as the catalog writes it.
        version: the version that this is today; null where it leads to none.
        traffic: the percentage of its traffic; null where nobody says.
        since: when the alias came to that version, in UTC; empty where a version is named.
        approved_by: who approved that.
        links: the alias or the version.
    """

    model: str
    version: Ref | None
    traffic: float | None
    since: str
    approved_by: tuple[str, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class EndpointFile:
    """An endpoint.

    Attributes:
        ref: its reference.
        entry: its file in the catalog.
        serves: what it serves today.
        recalled_ancestors: the recalled dataset versions that what it serves comes from.
        links: its page, and what is behind it.
    """

    ref: Ref
    entry: Any
    serves: tuple[ServedItem, ...]
    recalled_ancestors: tuple[Ref, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class Item:
    """An entry in a list.

    Attributes:
        ref: its reference.
        title: its title for people, or nothing.
        about: what there is to know of it at a glance.
        links: the file that tells all about it, and its page.
    """

    ref: Ref
    title: str
    about: Mapping[str, str | int | None]
    links: Links


@dataclass(frozen=True, slots=True)
class ListFile:
    """A page of the list of all models, datasets, runs or endpoints.

    Attributes:
        items: the entries on this page.
        page: the number of this page, from 1.
        pages: how many pages the list has.
        total: how many entries there are.
        links: the pages before and after this one.
    """

    items: tuple[Item, ...]
    page: int
    pages: int
    total: int
    links: Links


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge in the format of shields.io's endpoint badges.

    Attributes:
        schemaVersion: the version of that format, always 1.
        label: what stands left: the model and the alias.
        message: what stands right: the version.
        color: the colour of the right side.
    """

    schemaVersion: int
    label: str
    message: str
    color: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of files of the API.

    Attributes:
        name: what it is called here.
        template: where its files are, as a URI template (RFC 6570) relative to this file.
        schema: the address of the JSON Schema that they keep to.
        about: what they tell.
    """

    name: str
    template: str
    schema: str
    about: str


@dataclass(frozen=True, slots=True)
class Index:
    """What there is, and where.

    Attributes:
        catalog: the name of the catalog.
        title: what it is called for people.
        herdbook: the version of Herdbook that wrote this.
        repository: the https address of the git repository of the catalog; empty where nobody recorded it.
        counts: how many entries of each kind there are.
        resources: the kinds of files.
        names: how names become parts of addresses.
        links: the lists of all entries, and the home page.
    """

    catalog: str
    title: str
    herdbook: str
    repository: str
    counts: Mapping[str, int]
    resources: tuple[Resource, ...]
    names: str
    links: Links
