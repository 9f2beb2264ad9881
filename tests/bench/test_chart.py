"""The charts: pictures that parse, say what was measured, and look the same for the same figures."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from slate_pg.bench import chart
from slate_pg.bench.chart import Bar, Scale, growth_chart, query_chart

SVG = "{http://www.w3.org/2000/svg}"
LINES = {"apply": [(10, 0.2), (100, 0.4), (1000, 2.5)], "status": [(10, 0.15), (100, 0.15), (1000, 0.19)]}
BARS = [Bar("shop/orders", 2.0, 9.0, 50.0), Bar("shop/report", 120.0, 260.0, 200.0)]


def parsed(text):
    return ElementTree.fromstring(text)  # noqa: S314 - our own text


def words(picture):
    return [text.text for text in picture.iter(f"{SVG}text")]


def marked(picture, kind):
    return [e for e in picture.iter() if e.get("class") == kind]


def test_every_line_is_drawn_named_and_dotted():
    picture = parsed(growth_chart("Growth", LINES, "migrations", "seconds"))
    assert len(list(picture.iter(f"{SVG}polyline"))) == 2
    assert len(list(picture.iter(f"{SVG}circle"))) == 6
    assert {"Growth", "apply", "status", "migrations", "seconds"} <= set(words(picture))


def test_a_line_lies_higher_the_greater_its_values():
    picture = parsed(growth_chart("Growth", {"low": [(1, 1.0)], "high": [(1, 10.0)]}, "n", "s"))
    low, high = (float(c.get("cy")) for c in picture.iter(f"{SVG}circle"))
    assert high < low


def test_equal_ratios_are_equal_distances():
    scale = Scale(1, 1000, 0, 300)
    assert [scale.at(value) for value in (1, 10, 100, 1000)] == [0, 100, 200, 300]


def test_names_of_lines_that_end_together_lie_apart():
    together = {name: [(1, 1.0), (10, 5.0)] for name in ("one", "two", "three")}
    picture = parsed(growth_chart("Growth", together, "n", "s"))
    places = sorted(float(t.get("y")) for t in picture.iter(f"{SVG}text") if t.text in together)
    assert all(after - before >= 12 for before, after in itertools.pairwise(places))


def test_a_query_over_its_budget_stands_out_and_the_others_do_not():
    picture = parsed(query_chart("Queries", BARS))
    assert len([r for r in marked(picture, "over") if r.tag == f"{SVG}rect"]) == 1
    assert len([r for r in marked(picture, "bar") if r.tag == f"{SVG}rect"]) == 1
    assert "120 / 260 of 200" in words(picture)


def test_the_mark_of_the_budget_lies_between_a_median_below_and_a_percentile_above():
    picture = parsed(query_chart("Queries", [Bar("q", 120.0, 260.0, 200.0)]))
    (reach,) = marked(picture, "reach beyond")
    (budget,) = marked(picture, "budget")
    assert float(reach.get("x1")) < float(budget.get("x1")) < float(reach.get("x2"))


@pytest.mark.parametrize("name", ["<b> & 'c' \"d\"", "naïve – …", "bell\x07"])
def test_any_name_gives_valid_xml(name):
    for text in (growth_chart(name, {name: [(1, 2.0)]}, name, name), query_chart(name, [Bar(name, 1, 2, 3)])):
        assert name.replace("\x07", "") in words(parsed(text))


def test_the_same_figures_give_the_same_picture():
    assert growth_chart("Growth", LINES, "n", "s") == growth_chart("Growth", dict(LINES), "n", "s")
    assert query_chart("Queries", BARS) == query_chart("Queries", list(BARS))


def test_every_colour_has_a_dark_one_that_differs():
    light, dark = growth_chart("Growth", LINES, "n", "s").split("prefers-color-scheme: dark")
    rules = [
        dict(re.findall(r"(\.line\.c\d|text|\.page) {[^}]*?(?:stroke|fill): (#\w+)", text)) for text in (light, dark)
    ]
    assert rules[0].keys() == rules[1].keys() >= {"text", ".page", ".line.c0", ".line.c7"}
    assert all(rules[0][name] != rules[1][name] for name in rules[0])


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("scheme", "lines"), [(chart._DAY, chart._LIGHT), (chart._NIGHT, chart._DARK)], ids=["day", "night"]
)
def test_every_colour_of_a_text_can_be_read_on_its_page(scheme, lines):
    page = luminance(scheme["page"])
    for colour in (scheme["ink"], scheme["soft"], scheme["over"], *lines):
        pair = sorted((luminance(colour) + 0.05, page + 0.05))
        assert pair[1] / pair[0] >= 4.5, colour


@pytest.mark.parametrize("draw", [lambda: growth_chart("t", {}, "n", "s"), lambda: query_chart("t", [])])
def test_nothing_measured_is_no_picture(draw):
    with pytest.raises(ValueError, match="nothing to draw"):
        draw()


def test_values_at_zero_do_not_end_the_drawing():
    parsed(query_chart("Queries", [Bar("q", 0.0, 0.0, 50.0)]))
    parsed(growth_chart("Growth", {"a": [(1, 0.0), (10, 0.0)], "none": []}, "n", "s"))


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123, "0.0123"), (0.5, "0.5"), (10.0, "10"), (99.94, "99.9"), (1234.5, "1,234")]
)
def test_numbers_are_short(value, shown):
    assert chart._number(value) == shown
