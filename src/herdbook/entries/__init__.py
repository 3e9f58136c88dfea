"""Entries: typed, frozen views of what the catalog's files hold.

An entry trusts its data: it is made only from a value that its schema accepted. Fields are read from the data
when they are asked for, so that a catalog of 100,000 entries costs little more than its values; kept is only
what takes some making and what a dozen rules ask for, and the kinds of entries that keep it have no slots.
Each entry knows its file, and ``entry.at(*route)`` is the place of a value in it.

Each kind stands in the module that is called like it, beside what its fields hold. The rest of Herdbook takes
their names from here: they are its words for what a catalog holds.
"""

from herdbook.entries.cards import CARD_SECTIONS as CARD_SECTIONS
from herdbook.entries.cards import ModelCard as ModelCard
from herdbook.entries.catalog_file import CatalogFile as CatalogFile
from herdbook.entries.columns import Column as Column
from herdbook.entries.datasets import Dataset as Dataset
from herdbook.entries.datasets import DatasetVersion as DatasetVersion
from herdbook.entries.datasets import Recall as Recall
from herdbook.entries.endpoints import Endpoint as Endpoint
from herdbook.entries.endpoints import Served as Served
from herdbook.entries.entry import NOTHING as NOTHING
from herdbook.entries.entry import Data as Data
from herdbook.entries.entry import Entry as Entry
from herdbook.entries.entry import Mention as Mention
from herdbook.entries.ledgers import Aliases as Aliases
from herdbook.entries.ledgers import Assignment as Assignment
from herdbook.entries.ledgers import Stages as Stages
from herdbook.entries.ledgers import Transition as Transition
from herdbook.entries.models import NO_RUN as NO_RUN
from herdbook.entries.models import Model as Model
from herdbook.entries.models import ModelVersion as ModelVersion
from herdbook.entries.runs import Code as Code
from herdbook.entries.runs import Environment as Environment
from herdbook.entries.runs import Input as Input
from herdbook.entries.runs import Output as Output
from herdbook.entries.runs import Run as Run
from herdbook.entries.runs import Slice as Slice
from herdbook.entries.runs import inputs_of as inputs_of

ENTRY_TYPES: tuple[type[Entry], ...] = (
    CatalogFile,
    Dataset,
    DatasetVersion,
    Run,
    Model,
    ModelVersion,
    ModelCard,
    Aliases,
    Stages,
    Endpoint,
)
