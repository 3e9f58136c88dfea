"""What a reference stands for, in a few lines."""

from collections.abc import Mapping

from herdbook import formats
from herdbook.queries.resolve import Resolution
from herdbook.telling.document import Code, Document, Facts, Line, Mention, Section


def values(resolution: Resolution) -> Mapping[str, str]:
    """What is known, by name, as programs want it: letter by letter, and nothing that is not."""
    known = {
        "ref": str(resolution.ref),
        "version": resolution.version,
        "uri": resolution.uri,
        "digest": resolution.digest,
        "size": "" if resolution.size is None else str(resolution.size),
    }
    return {name: value for name, value in known.items() if value}


def tell_resolution(resolution: Resolution) -> Document:
    """Tell the answer."""
    asked, ref = Mention(resolution.asked), Mention(resolution.ref)
    rows: list[tuple[str, Line]] = [
        ("Version", (resolution.version,)),
        ("Artifact", (Code(resolution.uri),) if resolution.uri else ()),
        ("Digest", (Code(resolution.digest),) if resolution.digest else ()),
        ("Size", (formats.size(resolution.size),) if resolution.size is not None else ()),
    ]
    facts = Facts(tuple((name, line) for name, line in rows if any(line)))
    lead: Line = (
        (asked, " stands for ", ref, ".") if resolution.asked != resolution.ref else (ref, " is on record.")
    )
    return Document(
        ("What ", asked, " stands for"), lead, "info", (Section("Content", (facts,)),) if facts.rows else ()
    )
