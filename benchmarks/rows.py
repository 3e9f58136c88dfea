"""What Herdbook is held to as catalogs grow: the rows of the table, their bounds, and how they are shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LARGE = 100_000
SIZES = (1_000, 10_000, LARGE)


@dataclass(frozen=True, slots=True)
class Bound:
    """How many seconds and bytes something may take at most."""

    seconds: float
    bytes: float = float("inf")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a user would pick instead: how many times as long as ours it must take, or ours as long as it."""

    name: str
    ratio: float
    ours_longer: bool = False

    @property
    def title(self) -> str:
        """What it is, and what is asked of the ratio."""
        if self.ours_longer:
            return f"{self.name}, ours at most {self.ratio:g} times as long"
        return f"{self.name}, at least {self.ratio:g} times as long"


@dataclass(frozen=True, slots=True)
class Row:
    """Something that is measured at each size; what its bytes are follows from it."""

    what: str
    bounds: Mapping[int, Bound]
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """The seconds that something else took; with `note`, those of a part, which is said there."""

    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """The seconds and bytes that something took, what of several things that was, and what others took."""

    seconds: float
    bytes: float
    note: str = ""
    peers: Mapping[str, Peer] = field(default_factory=dict)


VALIDATOR = Beside("`check-jsonschema` on the run files", 15)
STATUS = Beside("`git status` of the same tree", 4, ours_longer=True)
PRUNED = Beside("MkDocs with Material on the same pages as Markdown, navigation pruned", 3)
UNPRUNED = Beside("the same, unpruned", 50)

CHECK, CHECK_AGAIN = "`check`, nothing cached", "`check`, one file changed since last time"
BUILD, BUILD_AGAIN = "`build`, from nothing", "`build`, one file changed"
QUESTION, GATE = "any question, command line, warm", "`gate`, one file changed, warm"
PAGE = "the page of a run, opened in Chromium: first paint, transferred"
SEARCH = "search: first result after typing, transferred"

_MB = 1e6
ROWS = (
    Row(CHECK, {10_000: Bound(1.5), LARGE: Bound(14, 2000 * _MB)}, (VALIDATOR,)),
    Row(CHECK_AGAIN, {10_000: Bound(0.4), LARGE: Bound(2)}, (STATUS,)),
    Row(BUILD, {10_000: Bound(14), LARGE: Bound(160, 2000 * _MB)}, (PRUNED, UNPRUNED)),
    Row(BUILD_AGAIN, {10_000: Bound(1.5), LARGE: Bound(5)}),
    Row(QUESTION, {10_000: Bound(0.4), LARGE: Bound(0.8)}),
    Row(GATE, {10_000: Bound(0.8), LARGE: Bound(3)}),
    Row(PAGE, {10_000: Bound(1, 0.25 * _MB), LARGE: Bound(1, 0.25 * _MB)}),
    Row(SEARCH, {10_000: Bound(0.5, _MB), LARGE: Bound(1, 2 * _MB)}),
)

Measures = Mapping[str, Measure]


def table(measures: Mapping[int, Measures]) -> str:
    """The rows at all sizes, in Markdown."""
    lines = [
        f"| what | {' | '.join(f'{size:,} entries' for size in SIZES)} | beside it, in the same run |",
        f"|---|{'---|' * len(SIZES)}---|",
    ]
    for row in ROWS:
        found = {size: measures[size][row.what] for size in SIZES if row.what in measures.get(size, {})}
        cells = [_cell(found.get(size), row.bounds.get(size)) for size in SIZES]
        beside = "<br>".join(_beside(row, each, found) for each in row.beside)
        lines.append(f"| {row.what} | {' | '.join(cells)} | {beside} |")
    return "\n".join(lines)


def _cell(measure: Measure | None, bound: Bound | None) -> str:
    if measure is None:
        return "not measured"
    said = f"{seconds(measure.seconds)}, {size_of(measure.bytes)}"
    if measure.note:
        said += f" ({measure.note})"
    if bound is None:
        return said
    most = seconds(bound.seconds)
    if bound.bytes < float("inf"):
        most += f", {size_of(bound.bytes)}"
    late = measure.seconds > bound.seconds or measure.bytes > bound.bytes
    return f"{said}; at most {most}{', **exceeded**' if late else ''}"


def _beside(row: Row, beside: Beside, measures: Mapping[int, Measure]) -> str:
    found = []
    for size, measure in measures.items():
        peer = measure.peers.get(beside.name)
        if peer is not None:
            missed = ", **missed**" if size in row.bounds and _is_missed(beside, measure, peer) else ""
            found.append(f"{_ratio(beside, measure, peer)}{missed} at {size:,}")
    return f"{beside.title}: {', '.join(found) or 'not measured'}"


def _ratio(beside: Beside, measure: Measure, peer: Peer) -> str:
    ratio = _times(beside, measure, peer)
    digits = 0 if ratio >= 10 else 1
    if peer.note:
        return f"more than {ratio:.{digits}f} ({seconds(peer.seconds)}, {peer.note})"
    return f"{ratio:.{digits}f} ({seconds(peer.seconds)})"


def _is_missed(beside: Beside, measure: Measure, peer: Peer) -> bool:
    ratio = _times(beside, measure, peer)
    if beside.ours_longer:
        return ratio > beside.ratio
    # What was stopped may have taken long enough, had it been let.
    return ratio < beside.ratio and not peer.note


def _times(beside: Beside, measure: Measure, peer: Peer) -> float:
    ratio = measure.seconds / peer.seconds
    return ratio if beside.ours_longer else 1 / ratio


def seconds(number: float) -> str:
    """Seconds with as many digits as mean something."""
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} s"


def size_of(number: float) -> str:
    """Bytes as people say them."""
    return (
        f"{number / 1e9:.1f} GB"
        if number >= 1e9
        else f"{number / 1e6:.0f} MB"
        if number >= 1e7
        else _small(number)
    )


def _small(number: float) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"


def lines_of(heads: Mapping[int, str]) -> Iterator[str]:
    """Say on which machine, when and with which versions each size was measured, once for equal ones."""
    for head in dict.fromkeys(heads[size] for size in sorted(heads)):
        sizes = " and ".join(f"{size:,}" for size in sorted(heads) if heads[size] == head)
        yield f"{sizes} entries: {head}"
