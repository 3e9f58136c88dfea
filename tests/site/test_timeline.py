import re

from herdbook.site import svg
from herdbook.site.timeline import MOST_MOMENTS, WIDTH, Lane, Span, timeline

ATTACK = '"><script>alert(1)</script>'


def test_a_bar_goes_from_the_change_that_brought_a_version_to_the_one_that_took_it() -> None:
    lane = Lane("@champion", (Span(0, 2, "v1", "first"), Span(2, None, "v2", "second", "../models/a/2.html")))
    picture = timeline(["2024-01-01", "2024-01-02", "2024-02-01"], [lane], "who was champion")
    assert picture.count('class="hb-time"') == 1
    assert picture.count('class="hb-time hb-time--now"') == 1
    assert 'href="../models/a/2.html"' in picture
    assert "<title>first</title>" in picture
    assert ">v1</text>" in picture
    assert 'aria-label="who was champion"' in picture


def test_names_stand_beside_what_holds_a_lane_now() -> None:
    lane = Lane("@champion", (Span(0, 1, "v1", "first"), Span(1, None, "v2", "second")))
    picture = timeline(["2024-01-01", "2024-01-02"], [lane], "x")
    ends = {
        words: (float(x), anchor)
        for x, anchor, words in re.findall(
            r'<text [^>]*x="([0-9.]+)"[^>]*?( text-anchor="end")?>([^<]*)<', picture
        )
    }
    name, _ = ends["@champion"]
    now, anchor = ends["v2"]
    assert 0 < name - now < 30
    assert anchor
    assert ends["v1"] == (9.0, "")
    assert name + svg.width_of("@champion", 11) <= WIDTH


def test_a_day_that_brought_several_changes_is_written_once() -> None:
    picture = timeline(["2024-01-01", "2024-01-01", "2024-01-02"], [], "x")
    assert picture.count("2024-01-01") == 1


def test_as_many_days_as_there_may_be_stand_apart() -> None:
    picture = timeline([f"2024-12-{day:02}" for day in range(10, 10 + MOST_MOMENTS)], [], "x")
    starts = [float(x) for x in re.findall(r'<text [^>]*x="([0-9.]+)"', picture)]
    assert len(starts) == MOST_MOMENTS
    ends = [x + svg.width_of("2024-12-10", 11) for x in starts]
    assert all(end + 5 <= following for end, following in zip(ends, [*starts[1:], WIDTH], strict=True))


def test_no_text_is_markup_and_no_address_a_script() -> None:
    spans = [Span(index, index + 1, ATTACK, ATTACK, "javascript:alert(1)") for index in range(MOST_MOMENTS)]
    picture = timeline([ATTACK] * (MOST_MOMENTS + 1), [Lane(ATTACK, spans)], ATTACK)
    assert "<script" not in picture
    assert "javascript" not in picture
