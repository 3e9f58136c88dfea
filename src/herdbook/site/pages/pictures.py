"""Which charts a page shows: curves of a run, a metric over versions, a metric by group."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from markupsafe import Markup

from herdbook.entries import ModelVersion, Run, Slice
from herdbook.formats import plain_value
from herdbook.policy import MetricRule
from herdbook.site.book import Book
from herdbook.site.charts import Bar, Series, VersionPoint, line_chart, slice_chart, trend_chart
from herdbook.site.paths import path_of, relative

MOST_CURVES: Final = 12
_MOST_VERSIONS: Final = 40
_SPLIT = re.compile(r"(train(ing)?|val(id|idation)?|test|eval(uation)?)[_./-]")


def curve_charts(run: Run) -> tuple[tuple[str, Markup], ...]:
    """Draw the curves of a run; those of one metric on several splits share a chart. Titles and pictures."""
    together: dict[str, list[Series]] = defaultdict(list)
    for name, points in run.curves.items():
        series = Series(name, [(step, value) for step, value in points])
        together[_SPLIT.sub("", name, count=1) or name].append(series)
    charts = ((title, line_chart(group, title)) for title, group in islice(together.items(), MOST_CURVES))
    return tuple((title, chart) for title, chart in charts if chart)


def trend_charts(
    book: Book, versions: Sequence[ModelVersion], names: Iterable[str], here: str
) -> tuple[tuple[str, Markup], ...]:
    """Draw each metric over the latest versions of a model, given oldest first, if there are two."""
    if not versions:
        return ()
    rules = book.policy.metrics(versions[0].model)
    measured = [(version, book.metrics_of(version)) for version in versions[-_MOST_VERSIONS:]]
    charts = []
    for name in names:
        values = [(version, metrics[name][0]) for version, metrics in measured if name in metrics]
        if len(values) > 1:
            rule = rules.get(name)
            points = [
                _point(book, version, value, values[index - 1][1] if index else None, rule, here)
                for index, (version, value) in enumerate(values)
            ]
            charts.append((name, trend_chart(points, name, rule.bound if rule is not None else None)))
    return tuple(charts)


def _point(
    book: Book, version: ModelVersion, value: float, before: float | None, rule: MetricRule | None, here: str
) -> VersionPoint:
    return VersionPoint(
        label=f"v{version.version}",
        value=value,
        href=relative(here, path_of(version.ref)),
        champion="champion" in book.aliases.get((version.model, version.version), ()),
        recalled=book.recalled_ancestor(version.ref) is not None,
        regressed=rule is not None and before is not None and rule.worse_by(value, before) > rule.tolerance,
    )


def slice_charts(run: Run, names: Iterable[str]) -> tuple[tuple[str, Markup], ...]:
    """Draw each metric by the groups that an evaluation looked at."""
    slices = run.slices
    charts = []
    for name in names:
        bars = [
            Bar(_group(item), item.metrics.get(name), item.count, " and ".join(map(str, item.by)))
            for item in slices
        ]
        if any(bar.value is not None for bar in bars):
            charts.append((name, slice_chart(bars, name, run.metrics.get(name))))
    return tuple(charts)


def _group(item: Slice) -> str:
    return ", ".join(map(plain_value, item.by.values()))
