"""Every file of the catalog is a regular, readable file.

Why: a link can lead out of the catalog, a pipe can stop the checker for ever, and what cannot be read is not
checked.

Bad: a symbolic link, a pipe, a device, or a file or folder without permission to read it.

Good: a copy of the file that the link led to.
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "unreadable-file", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
