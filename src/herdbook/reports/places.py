"""Where a finding stands, seen from the top of the repository: there, CI looks for it."""

from herdbook.finding import Place
from herdbook.reports.terminal import printable


def path_in_repository(place: Place, folder: str) -> str:
    """The path of a file, with ``/``, from the folder of the catalog in the repository; nothing is the top.

    A name that does not print is no name that a forge could link: it is shown with escapes.
    """
    path = place.source.path
    # What a tree without a name holds is outside the catalog, and named from the top already.
    return printable(f"{folder}/{path}" if folder and place.source.tree.name else path)
