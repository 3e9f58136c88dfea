"""Fingerprints: by what a finding is known again in the next report."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from herdbook.finding import Finding
from herdbook.reports.places import path_in_repository

# A count, a line, a measured value; not the number in a name: models:/churn/2, exp-47, v2.1.
_NUMBER = re.compile(r"(?<![\w/@:.-])[-+]?\d+(?:[.,:]\d+)*(?![\w/@-])")


def fingerprints(findings: Iterable[Finding], folder: str = "") -> list[str]:
    """Return the fingerprint of each finding, all different.

    A finding is the same when it is of the same rule, in the same file, under the same keys, and says the
    same. So what is left out is what changes although nothing about the finding did:

    - the line and column, which move with every line that is put in above;
    - the positions in lists on the way to it, which move with every item that is put in before;
    - the severity, which a policy may change, and the help, which may suggest another name tomorrow;
    - numbers that stand by themselves in the message, such as how many are left or what was measured:
      a metric that is 0.81 today and 0.80 tomorrow is too low on both days. Numbers in names stay.

    Findings that are the same by this, such as two items of a list with the same fault, are numbered in the
    order of the report: when one of three is mended, two fingerprints are left, and none is new. A file
    that moves takes its findings along as new ones.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        keys = (step for step in finding.place.route if isinstance(step, str))
        said = _NUMBER.sub("#", finding.message)
        path = path_in_repository(finding.place, folder)
        same = "\0".join((finding.rule, path, said, *keys))
        text = f"{same}\0{seen[same]}" if seen[same] else same
        seen[same] += 1
        found.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return found
