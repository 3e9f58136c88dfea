"""Which charts a page shows: curves of a run, a metric over versions, a metric by group, two versions."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from markupsafe import Markup

from herdbook.entries import ModelVersion, Run, Slice
from herdbook.formats import plain_value
from herdbook.policy import MetricRule
from herdbook.site.book import Book
from herdbook.site.charts import Bar, Series, VersionPoint, line_chart, slice_chart, trend_chart
from herdbook.site.paths import path_of, relative

Charts = tuple[tuple[str, Markup], ...]
"""Pictures with their titles."""

MOST_CURVES: Final = 12
_MOST_COMPARED: Final = 4
_MOST_VERSIONS: Final = 40
_SPLIT = re.compile(r"(train(ing)?|val(id|idation)?|test|eval(uation)?)[_./-]")


def curve_charts(run: Run) -> tuple[Charts, int]:
    """Draw the curves of a run, those of one metric on several splits together, and say how many are left."""
    curves = tuple(_curves(run))
    charts = ((title, line_chart(group, title)) for title, group in curves[:MOST_CURVES])
    drawn = tuple((title, chart) for title, chart in charts if chart)
    return drawn, sum(len(group) for _, group in curves[MOST_CURVES:])


def comparison_charts(book: Book, version: ModelVersion, before: ModelVersion) -> Charts:
    """Draw two versions on common axes: judged metrics by group, then the curves that both have."""
    names = f"version {version.version}", f"version {before.version}"
    return (*_compared_slices(book, version, before, names), *_compared_curves(book, version, before))


def _compared_slices(
    book: Book, version: ModelVersion, before: ModelVersion, names: tuple[str, str]
) -> Iterator[tuple[str, Markup]]:
    found = (book.evaluations.get((item.model, item.version), ()) for item in (version, before))
    now, then = (next((run for run in runs if run.slices), None) for runs in found)
    if now is None or then is None:
        return
    earlier = {_group(item): item.metrics for item in then.slices}
    measured = dict.fromkeys(name for item in now.slices for name in item.metrics)
    judged = book.policy.metrics(version.model)
    for name in islice((name for name in measured if name in judged), _MOST_COMPARED):
        bars = [
            Bar(
                _group(item),
                item.metrics.get(name),
                item.count,
                _heading(item),
                earlier.get(_group(item), {}).get(name),
            )
            for item in now.slices
        ]
        if any(bar.value is not None and bar.before is not None for bar in bars):
            yield name, slice_chart(bars, name, names=names)


def _compared_curves(book: Book, version: ModelVersion, before: ModelVersion) -> Iterator[tuple[str, Markup]]:
    now, then = book.run_of(version), book.run_of(before)
    if now is None or then is None:
        return
    earlier = dict(_curves(then))
    for title, series in islice(_curves(now), _MOST_COMPARED):
        both = [
            Series(f"v{item.version} {curve.name}", curve.points)
            for item, group in ((version, series), (before, earlier.get(title, [])))
            for curve in group
        ]
        if title in earlier and (chart := line_chart(both, title)):
            yield title, chart


def _curves(run: Run) -> Iterator[tuple[str, list[Series]]]:
    """The curves of a run by metric."""
    together: dict[str, list[Series]] = defaultdict(list)
    for name, points in run.curves.items():
        series = Series(name, [(step, value) for step, value in points])
        together[_SPLIT.sub("", name, count=1) or name].append(series)
    yield from together.items()


def trend_charts(book: Book, versions: Sequence[ModelVersion], names: Iterable[str], here: str) -> Charts:
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


def slice_charts(run: Run, names: Iterable[str]) -> Charts:
    """Draw each metric by the groups that an evaluation looked at."""
    slices = run.slices
    charts = []
    for name in names:
        bars = [Bar(_group(item), item.metrics.get(name), item.count, _heading(item)) for item in slices]
        if any(bar.value is not None for bar in bars):
            charts.append((name, slice_chart(bars, name, run.metrics.get(name))))
    return tuple(charts)


def _group(item: Slice) -> str:
    return ", ".join(map(plain_value, item.by.values()))


def _heading(item: Slice) -> str:
    return " and ".join(map(str, item.by))
