import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from herdbook.site.chrome import Chrome
from site_samples import Elements, build_site, write_sample

FIRST = "2024-01-20T10:00:00Z"
SECOND = "2024-01-21T10:00:00Z"
THIRD = "2024-01-22T10:00:00Z"


def built(folder: Path, chrome: Chrome, ledgers: Mapping[str, Sequence[tuple[int | None, str]]]) -> str:
    """The page of promotions of a catalog in which a model has these ledgers."""
    catalog = write_sample(folder)
    lines = ["kind: aliases", "model: churn", "aliases:"]
    for alias, assignments in ledgers.items():
        lines.append(f"  {alias}:")
        for version, at in assignments:
            written = "null" if version is None else version
            lines.append(f'    - {{version: {written}, at: "{at}", by: ana}}')
    (catalog / "models/churn/aliases.yaml").write_text("\n".join([*lines, ""]))
    build_site(catalog, folder / "out", chrome)
    return (folder / "out/promotions/index.html").read_text(encoding="utf-8")


def changes(page: str, alias: str) -> list[str]:
    """What the list of changes says of an alias, from the top down."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [text.split(f"@{alias} ")[1][:7] for row in rows if f"@{alias} " in (text := Elements(row).text)]


def drawn(page: str) -> list[tuple[bool, str]]:
    """The versions in the picture: whether it says that they hold the alias now, and their story."""
    found = re.findall(r'class="hb-time( hb-time--now)?"[^>]*><title>(version [^<]*)</title>', page)
    return [(bool(now), story.partition(", set by")[0]) for now, story in found]


def test_of_changes_of_one_moment_that_which_stands_further_down_in_the_ledger_is_the_newest(
    tmp_path: Path, chrome: Chrome
) -> None:
    page = built(
        tmp_path,
        chrome,
        {"champion": [(1, FIRST), (2, SECOND), (3, SECOND)], "gone": [(1, THIRD), (None, THIRD)]},
    )
    assert changes(page, "champion") == ["v2 → v3", "v1 → v2", "v1 Ana "]
    assert changes(page, "gone") == ["v1 → no", "v1 Ana "]
    assert drawn(page) == [
        (False, "version 1, 2024-01-20 10:00 to 2024-01-21 10:00"),
        (True, "version 3, 2024-01-21 10:00 until now"),
    ]


def test_the_picture_shows_in_force_what_the_last_line_says_whatever_its_date(
    tmp_path: Path, chrome: Chrome
) -> None:
    page = built(tmp_path, chrome, {"champion": [(1, FIRST), (2, THIRD), (3, SECOND)]})
    assert drawn(page) == [
        (False, "version 1, 2024-01-20 10:00 to 2024-01-21 10:00"),
        (True, "version 3, 2024-01-21 10:00 until now"),
    ]


def test_the_picture_shows_aliases_that_moved_before_all_changes_on_the_page(
    tmp_path: Path, chrome: Chrome
) -> None:
    later = [(2 + number % 2, f"2024-02-01T08:{number // 60:02}:{number % 60:02}Z") for number in range(110)]
    page = built(tmp_path, chrome, {"challenger": later, "champion": [(1, FIRST)]})
    assert changes(page, "champion") == []
    assert drawn(page)[0] == (True, "version 1, 2024-01-20 10:00 until now")


def test_a_version_that_is_not_there_is_drawn_without_a_link(tmp_path: Path, chrome: Chrome) -> None:
    page = built(tmp_path, chrome, {"champion": [(99, FIRST)]})
    assert drawn(page) == [(True, "version 99, 2024-01-20 10:00 until now")]
    assert "99.html" not in page
