"""Small files that are made to take much time, memory or stack.

`python bombs.py NAME` reads and checks a catalog of one of them in a thread with a small stack. It prints the
findings as lines `rule line column`, then the megabytes that it took. After a minute of the processor it is
ended: a bomb that goes off takes many, and one that does not, a second.
"""

import resource
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

MEBIBYTE = 1024 * 1024
MOST = MEBIBYTE - 64
STACK = 512 * 1024
"""The stack of a thread on some systems; 3 kB of nesting were enough for a parser that calls itself."""


def repeated(text: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + text * ((MOST - len(before) - len(after)) // len(text)) + after


def listed(texts: Iterator[bytes], before: bytes = b"", after: bytes = b"", most: int = MOST) -> bytes:
    found, size = [before], len(before) + len(after)
    for text in texts:
        size += len(text)
        if size > most:
            break
        found.append(text)
    return b"".join([*found, after])


def counted(pattern: bytes) -> Iterator[bytes]:
    return (pattern % number for number in range(MEBIBYTE))


def peak_megabytes() -> float:
    """The most memory that this program ever held, in MiB.

    The peak that getrusage tells begins with that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


RUN = b"kind: run\nid: train-1\nexperiment: churn\ntype: training\nstatus: finished\n"

BOMBS: dict[str, Callable[[], bytes]] = {
    # nesting
    "brackets": lambda: repeated(b"["),
    "50 kB of brackets": lambda: b"[" * 50_000,
    "closed brackets": lambda: b"[" * (MOST // 2) + b"]" * (MOST // 2),
    "braces": lambda: repeated(b"{"),
    "mappings in braces": lambda: repeated(b"{a: "),
    "a key and braces": lambda: repeated(b"a: {"),
    "braces and brackets": lambda: repeated(b"{a: ["),
    "dashes": lambda: repeated(b"- "),
    "50 kB of dashes": lambda: b"- " * 25_000,
    "dashes and brackets": lambda: repeated(b"- ["),
    "question marks": lambda: repeated(b"? "),
    "question marks and brackets": lambda: repeated(b"? ["),
    "colons with blanks": lambda: repeated(b": "),
    "mappings in steps": lambda: b"".join(b" " * depth + b"a:\n" for depth in range(1400)),
    "lists in steps": lambda: b"".join(b" " * depth + b"-\n" for depth in range(1400)),
    "brackets in a value": lambda: repeated(b"[", RUN + b"params: "),
    "brackets below 60 mappings": lambda: repeated(
        b"[", b"".join(b" " * depth + b"a:\n" for depth in range(60)) + b" " * 61
    ),
    # aliases and merge keys
    "aliases": lambda: b"a: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (n, n) for n in range(30)),
    "aliases only": lambda: repeated(b"*a,", b"["),
    "anchors": lambda: repeated(b"&a x,", b"[", b"]"),
    "an anchor without end": lambda: repeated(b"a", b"&", b" x"),
    "merge keys": lambda: b"a: &a {b: c}\n" + b"d:\n  <<: *a\n" * 1000,
    "tags": lambda: repeated(b"!a x,", b"[", b"]"),
    "a tag without end": lambda: repeated(b"a", b"!", b" x"),
    "tag directives": lambda: listed(counted(b"%%TAG !a%x! b\n"), after=b"---\n"),
    "version directives": lambda: repeated(b"%YAML 1.1\n"),
    "documents": lambda: repeated(b"---\n"),
    "ends of documents": lambda: repeated(b"...\n"),
    # width
    "items in brackets": lambda: repeated(b"a,", b"[", b"]"),
    "lists in brackets": lambda: repeated(b"[],", b"[", b"]"),
    "mappings in brackets": lambda: repeated(b"a: b,", b"[", b"]"),
    "items": lambda: repeated(b"- a\n"),
    "empty items": lambda: repeated(b"-\n"),
    "keys": lambda: listed(counted(b"k%x:\n")),
    "keys in braces": lambda: listed(counted(b"k%x,"), b"{", b"}"),
    "one key many times": lambda: repeated(b"k:\n"),
    "items at the greatest depth": lambda: repeated(b"a,", b"[" * 63, b"]" * 63),
    "many deep lists": lambda: repeated(b"[" * 60 + b"]" * 60 + b",\n", b"[", b"]"),
    "possible keys at the greatest depth": lambda: repeated(b'"a":b,', b"[" * 60),
    "words that readers differ about": lambda: b"[" + b"no," * 290_000 + b"]",
    "numbers that readers differ about": lambda: b"[" + b"1e3," * 250_000 + b"]",
    # width that the reader lets pass
    "tags of an entry": lambda: listed(counted(b"  k%x: v\n"), RUN + b"tags:\n", most=900_000),
    "wrong tags of an entry": lambda: listed(counted(b"  k%x: 1\n"), RUN + b"tags:\n", most=900_000),
    "unknown keys of an entry": lambda: listed(counted(b"k%x: v\n"), RUN, most=900_000),
    "inputs that lead nowhere": lambda: listed(
        counted(b"- {dataset: a/v%x}\n"), RUN + b"inputs:\n", most=250_000
    ),
    "wrong inputs": lambda: listed(counted(b"- {datasett: a/v%x}\n"), RUN + b"inputs:\n", most=500_000),
    "points of a curve": lambda: listed(counted(b"- [%d, 0.5]\n"), RUN + b"curves:\n  loss:\n", most=600_000),
    "wrong points of a curve": lambda: listed(
        counted(b"- [%d, a]\n"), RUN + b"curves:\n  loss:\n", most=500_000
    ),
    # numbers
    "digits": lambda: repeated(b"1", b"a: "),
    "4,301 digits": lambda: b"a: " + b"1" * 4301,
    "digits in groups": lambda: repeated(b"1_", b"a: ", b"x"),
    "underscores": lambda: repeated(b"_", b"a: 1", b"x"),
    "many digits in groups": lambda: repeated(b"1_" * 190 + b"x,", b"[", b"]"),
    "minutes": lambda: repeated(b":00", b"a: 1"),
    "many minutes": lambda: repeated(b"1" + b":00" * 130 + b"x,", b"[", b"]"),
    "an exponent": lambda: repeated(b"9", b"a: 1e"),
    "points": lambda: repeated(b".", b"a: "),
    "signs": lambda: repeated(b"-", b"a: "),
    # long texts
    "a long line": lambda: repeated(b"x", b"a: "),
    "a long key": lambda: repeated(b"x", b"", b": a"),
    "a long key in quotes": lambda: repeated(b"x", b'"', b'": a'),
    "a key far from its colon": lambda: repeated(b" ", b'{"a"'),
    "words": lambda: repeated(b"x ", b"a: "),
    "lines": lambda: repeated(b" x\n", b"a: x\n"),
    "lines in quotes": lambda: repeated(b" x\n", b'a: "x\n', b'"'),
    "empty lines": lambda: repeated(b"\n", b"a: x\n", b" y"),
    "empty lines in quotes": lambda: repeated(b"\n", b'a: "x\n', b' y"'),
    "a block of lines": lambda: repeated(b" x\n", b"a: |\n"),
    "a folded block": lambda: repeated(b" x\n\n", b"a: >\n"),
    "a block of empty lines": lambda: repeated(b"\n", b"a: |\n"),
    "a block that begins with steps": lambda: (
        b"a: |\n" + b"".join(b" " * step + b"\n" for step in range(1400)) + b" x"
    ),
    "prose": lambda: repeated(b"word ", RUN + b"description: "),
    # quotes, comments, colons, blanks
    "double quotes": lambda: repeated(b'"'),
    "single quotes": lambda: repeated(b"'"),
    "an open quote": lambda: repeated(b"x", b'a: "'),
    "escapes": lambda: repeated(b"\\x41", b'a: "', b'"'),
    "escapes of eight digits": lambda: repeated(b"\\U0001F600", b'a: "', b'"'),
    "wrong escapes": lambda: repeated(b"\\q", b'a: "', b'"'),
    "number signs": lambda: repeated(b"#"),
    "comments": lambda: repeated(b"#\n"),
    "comments after a value": lambda: repeated(b"#x#\n", b"a: b\n"),
    "number signs in words": lambda: repeated(b"#x", b"a: x"),
    "number signs in quotes": lambda: repeated(b'"#",', b"[", b"]"),
    "colons": lambda: repeated(b":"),
    "keys on one line": lambda: repeated(b"a: "),
    "keys without blanks": lambda: repeated(b"a:"),
    "commas": lambda: repeated(b",", b"["),
    "blanks": lambda: repeated(b" "),
    "blanks after a value": lambda: repeated(b" ", b"a: b"),
    "tabs": lambda: repeated(b"\t"),
    "tabs before a value": lambda: repeated(b"\t", b"a:", b"b"),
    "lines of tabs": lambda: repeated(b"\t\n", b'a: "x\n', b'"'),
    "blanks after a tab": lambda: repeated(b" ", b'a: "x\n \t', b'"'),
    "question marks in brackets": lambda: repeated(b"? a,", b"[", b"]"),
    "blanks before a question mark": lambda: repeated(b" ", b'["x",', b"?x]"),
    "blanks before many texts": lambda: repeated(b'"a",' + b" " * 100, b"[", b'"b"] # ?'),
    "line ends": lambda: repeated(b"\n"),
    "Windows line ends": lambda: repeated(b"- a\r\n"),
    "carriage returns": lambda: repeated(b"a: 1\r"),
    "exclamation marks": lambda: repeated(b"!"),
    "percent signs": lambda: repeated(b"%"),
    "equals signs": lambda: repeated(b"="),
    "a long conflict marker": lambda: repeated(b"x", b"a: 1\n======= "),
    "almost conflict markers": lambda: repeated(b"========\n", b"a: 1\n"),
    # bytes
    "NUL": lambda: repeated(b"\0", b"ab"),
    "no UTF-8": lambda: repeated(b"\xff", b"a: "),
    "no UTF-8 at the end": lambda: repeated(b"x", b"a: ", b"\xff"),
    "an invisible character at the end": lambda: repeated(b"x", b"a: ", "\u200b".encode()),
    "emoji": lambda: repeated("\U0001f600".encode(), b"a: "),
    "10 MB": lambda: b"- a\n" * (10 * MEBIBYTE // 4),
    "10 MB of brackets": lambda: b"[" * (10 * MEBIBYTE),
}


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """A catalog of files that exist in memory alone."""

    contents: dict[str, bytes]
    name: str = "catalog"

    def files(self) -> Iterator["object"]:
        from herdbook.tree import TreeFile

        return map(TreeFile, sorted(self.contents))

    def read(self, path: str) -> bytes:
        if path not in self.contents:
            raise FileNotFoundError(path)
        return self.contents[path][: MEBIBYTE + 1]


def main(name: str) -> None:
    from herdbook.check import check
    from herdbook.opening import read_catalog
    from herdbook.reports.text import report_text

    tree = MemoryTree({"runs/churn/train-1.yaml": BOMBS[name]()})
    lines: list[str] = []

    def work() -> None:
        report = check(read_catalog(tree), date(2026, 1, 1))  # type: ignore[arg-type]
        report_text(report)
        lines.extend(
            f"{finding.rule} {finding.place.span.line} {finding.place.span.column}"
            for finding in report.findings
            if finding.place.source.path.startswith("runs")
        )
        lines.append(f"{peak_megabytes():.0f}")

    check(read_catalog(MemoryTree({})), date(2026, 1, 1))  # type: ignore[arg-type]  # imports what is needed
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (1024 * MEBIBYTE, 1024 * MEBIBYTE))
    threading.stack_size(STACK)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
