"""Draws measurements as SVG: growth as lines on two logarithmic axes, queries as bars against their budgets.

Pure: figures in, text out, the same for the same figures. The pictures bring their own light and dark colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 860
_LETTER = 6.6  # the mean width of a letter at 12 px
_CONTROL = dict.fromkeys(c for c in range(32) if c not in (9, 10, 13))  # XML knows no way to write them
_LIGHT = ("#0b62a4", "#b3500b", "#2a7a3b", "#8a3b8f", "#8c6d00", "#00788a", "#a61e4d", "#555b61")
_DARK = ("#6cb6ff", "#f0985a", "#6bc47d", "#d6a0dc", "#d8b53c", "#4fc4d4", "#f283a5", "#a8b0b8")
_STYLE = """\
text {{ font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: {ink} }}
.title {{ font-size: 15px; font-weight: 600 }}
.page {{ fill: {page} }}
.grid {{ stroke: {grid}; stroke-width: 1 }}
.soft {{ fill: {soft} }}
.bar {{ fill: {bar} }}
.over {{ fill: {over} }}
.reach {{ stroke: {bar}; stroke-width: 2 }}
.reach.beyond {{ stroke: {over} }}
.budget {{ stroke: {ink}; stroke-width: 2 }}
"""
_DAY = {"ink": "#1f2328", "page": "#ffffff", "grid": "#d8dee4", "soft": "#59636e", "bar": "#0b62a4", "over": "#b3261e"}
_NIGHT = {
    "ink": "#e6edf3",
    "page": "#0d1117",
    "grid": "#30363d",
    "soft": "#9198a1",
    "bar": "#6cb6ff",
    "over": "#ff8f85",
}


@dataclass(frozen=True)
class Bar:
    """One query: its name and milliseconds, the median, the 95th percentile and the budget."""

    label: str
    p50: float
    p95: float
    budget: float


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis: values from low to high lie on pixels from start to end."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value; what lies outside goes to the edge."""
        bound = min(max(value, self.low), self.high)
        part = (math.log10(bound) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return round(self.start + part * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten on the axis; where these are few, their doubles and fives too."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in ((1,), (1, 3), (1, 2, 5)):
            found = [step * 10.0**power for power in powers for step in steps]
            inside = [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]
            if len(inside) >= 3:
                break
        return inside


def growth_chart(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> str:
    """Return the lines of (n, value) on logarithmic axes, each with its name at its end. Values are above zero.

    ValueError without a point.
    """
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ValueError("nothing to draw")
    margin = max(_length(name) for name in lines) + 24
    x = Scale(*_bounds(n for n, _ in points), 64, WIDTH - margin)
    y = Scale(*_bounds(value for _, value in points), 380, 56)
    places = _apart([y.at(line[-1][1]) for line in lines.values() if line])
    drawn = [
        _line(number, name, line, x, y, place)
        for number, ((name, line), place) in enumerate(
            zip(((n, v) for n, v in lines.items() if v), places, strict=True)
        )
    ]
    axes = [_across(tick, x.at(tick), 56, 380) for tick in x.ticks] + [_up(tick, y.at(tick), x) for tick in y.ticks]
    named = [_text(x.end, 416, across, "soft", "end"), _text(16, 44, up, "soft")]
    return _page(title, 430, [*axes, *named, *drawn])


def query_chart(title: str, bars: Sequence[Bar]) -> str:
    """Return a row a query: a bar to the median, a line on to the 95th percentile, a mark at the budget. Milliseconds.

    ValueError without a query.
    """
    if not bars:
        raise ValueError("nothing to draw")
    left = max(_length(bar.label) for bar in bars) + 28
    below = 62 + 20 * len(bars)
    x = Scale(*_bounds(v for bar in bars for v in (bar.p50, bar.p95, bar.budget)), left, WIDTH - 130)
    axis = [_across(tick, x.at(tick), 52, below) for tick in x.ticks]
    legend = _text(WIDTH - 16, 28, "bar: median, line: 95th percentile, mark: budget, in ms", "soft", "end")
    rows = [_bar(bar, 56 + 20 * number, x) for number, bar in enumerate(bars)]
    return _page(title, below + 36, [*axis, legend, *rows])


def _bar(bar: Bar, top: int, x: Scale) -> str:
    over = bar.p95 > bar.budget
    middle = top + 10
    figures = f"{_number(bar.p50)} / {_number(bar.p95)} of {_number(bar.budget)}"
    return "\n".join([
        _text(x.start - 10, middle + 4, bar.label, anchor="end"),
        f'<rect class="{"over" if over else "bar"}" x="{x.start:g}" y="{top + 4}" '
        f'width="{max(1.0, x.at(bar.p50) - x.start):.1f}" height="12"/>',
        _stroke("reach beyond" if over else "reach", x.at(bar.p50), middle, x.at(bar.p95), middle),
        _stroke("budget", x.at(bar.budget), top + 1, x.at(bar.budget), top + 19),
        _text(WIDTH - 16, middle + 4, figures, "over" if over else "soft", "end"),
    ])  # fmt: skip


def _line(number: int, name: str, line: Sequence[tuple[float, float]], x: Scale, y: Scale, place: float) -> str:
    """Return one line with a dot at each point and its name beside its end, where no other name is."""
    colour = f"c{number % len(_LIGHT)}"
    spots = [(x.at(n), y.at(value)) for n, value in line]
    path = " ".join(f"{a:g},{b:g}" for a, b in spots)
    dots = "".join(f'<circle class="dot {colour}" cx="{a:g}" cy="{b:g}" r="3.5"/>' for a, b in spots)
    return f'<polyline class="line {colour}" points="{path}"/>{dots}' + _text(
        spots[-1][0] + 10, place + 4, name, f"name {colour}"
    )


def _apart(places: Sequence[float], gap: float = 16) -> list[float]:
    """Return the places moved as little as it takes to lie a gap apart, in the order given."""
    moved = dict.fromkeys(range(len(places)), 0.0)
    last = -math.inf
    for index in sorted(moved, key=lambda i: places[i]):
        moved[index] = last = max(places[index], last + gap)
    over = max(0.0, max(moved.values(), default=0.0) - max([*places, 0.0]) - gap)
    return [round(moved[i] - over, 1) for i in range(len(places))]


def _bounds(values: Iterable[float]) -> tuple[float, float]:
    """Return the least and the greatest value, a little apart from the edges, and from each other."""
    above_zero = [v for v in values if v > 0] or [1.0]
    low, high = min(above_zero), max(above_zero)
    return (low / 1.3, high * 1.3) if high / low > 2 else (low / 2, high * 2)


def _across(tick: float, x: float, top: float, bottom: float) -> str:
    return _stroke("grid", x, top, x, bottom) + _text(x, bottom + 18, _number(tick), "soft", "middle")


def _up(tick: float, y: float, x: Scale) -> str:
    return _stroke("grid", x.start, y, x.end, y) + _text(x.start - 8, y + 4, _number(tick), "soft", "end")


def _stroke(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_escaped(words)}</text>'


def _escaped(words: str) -> str:
    return escape(words.translate(_CONTROL))


def _number(value: float) -> str:
    """Return a number as short as it may be: three digits that count, thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")


def _length(words: str) -> float:
    return _LETTER * len(words)


def _page(title: str, height: int, parts: Sequence[str]) -> str:
    """Return the whole picture: title, styles for light and dark, and what is drawn."""
    dark = "\n".join("  " + rule for rule in _rules(_NIGHT, _DARK).splitlines())
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'role="img">',
        f"<title>{_escaped(title)}</title>",
        f"<style>\n{_rules(_DAY, _LIGHT)}@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        _text(16, 26, title, "title"),
        *parts,
        "</svg>\n",
    ])  # fmt: skip


def _rules(colours: Mapping[str, str], lines: Sequence[str]) -> str:
    """Return the styles of one scheme."""
    own = [
        f".line.c{i} {{ stroke: {c}; stroke-width: 2; fill: none }} .dot.c{i}, .name.c{i} {{ fill: {c} }}"
        for i, c in enumerate(lines)
    ]
    return _STYLE.format(**colours) + "\n".join(own) + "\n"
