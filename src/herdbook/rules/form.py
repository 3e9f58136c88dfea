"""What the rules of form share: their findings were made when the catalog was read."""

from collections.abc import Iterator

from herdbook.finding import Finding
from herdbook.rules.context import Context


def met_while_reading(context: Context, rule: str) -> Iterator[Finding]:
    """The findings of a rule that were met while the catalog was read."""
    return (finding for finding in context.catalog.findings if finding.rule == rule)
