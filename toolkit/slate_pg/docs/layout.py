"""Lays boxes and the arrows between them out, what is pointed to left of what points, few arrows crossing.

Pure: keys and sizes in, places out, the same for the same order of input. What joins is laid out in columns (columns),
one set below the other; what no arrow touches stands in rows below. What a box looks like is for diagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slate_pg.docs.columns import (
    GAP,
    Arrow,
    Group,
    Point,
    fill_columns,
    heights,
    inversions,
    opened,
    put_in_order,
    ranks,
)

_CHANNEL = 84.0  # between two columns
_APART = 40.0  # between two groups that no arrow joins


@dataclass(frozen=True)
class Layout:
    """Where each box stands (its upper left corner), the points each arrow passes, and the size of it all, in px.

    `ways` holds the arrows between two different boxes: each from the box it points to, to the one that points, through
    the left and the right end of every column in between. The ends at the boxes are left out.
    """

    places: dict[str, Point]
    ways: dict[Arrow, list[Point]]
    widths: dict[str, float]
    width: float
    height: float


def lay_out(sizes: Mapping[str, Point], arrows: Iterable[Arrow], wide: float = 1400.0) -> Layout:
    """Return the layout of these boxes of (width, height); those without arrows stand in rows below, at most `wide`.

    An arrow from a box to itself takes no place. KeyError where an arrow names a box that is not there.
    """
    between = [arrow for arrow in dict.fromkeys(arrows) if arrow[0] != arrow[1]]
    done = Layout({}, {}, {}, 0.0, 0.0)
    for keys in _joined(sizes, between):
        own = [arrow for arrow in between if arrow[0] in keys]
        done = _below(done, _group({key: sizes[key] for key in sizes if key in keys}, own))
    touched = {key for arrow in between for key in arrow}
    alone = {key: size for key, size in sizes.items() if key not in touched}
    return _below(done, _rows(alone, max(wide, done.width))) if alone else done


def crossings(layout: Layout, arrows: Iterable[Arrow]) -> int:
    """Return how many pairs of arrows cross between two neighbouring columns: what a good layout keeps low."""
    steps: dict[tuple[float, float], list[Point]] = {}
    for child, parent in dict.fromkeys(arrows):
        if (child, parent) not in layout.ways:
            continue
        points = [layout.places[parent], *layout.ways[child, parent], layout.places[child]]
        for (x1, y1), (x2, y2) in zip(points[::2], points[1::2], strict=True):
            steps.setdefault((x1, x2), []).append((y1, y2))
    return sum(inversions(pairs) for pairs in steps.values())


def _joined(sizes: Mapping[str, Point], arrows: Sequence[Arrow]) -> list[set[str]]:
    """Return the sets of boxes that arrows join, the largest first."""
    near: dict[str, list[str]] = {}
    for child, parent in arrows:
        near.setdefault(child, []).append(parent)
        near.setdefault(parent, []).append(child)
    found: list[set[str]] = []
    seen: set[str] = set()
    for key in sizes:
        if key in near and key not in seen:
            group, waiting = {key}, [key]
            while waiting:
                fresh = [other for other in near[waiting.pop()] if other not in group]
                group.update(fresh)
                waiting.extend(fresh)
            seen |= group
            found.append(group)
    return sorted(found, key=len, reverse=True)


def _group(sizes: dict[str, Point], arrows: Sequence[Arrow]) -> Layout:
    """Return the layout of boxes that arrows join."""
    group = Group(sizes)
    fill_columns(group, ranks(list(sizes), opened(list(sizes), arrows)), arrows)
    put_in_order(group)
    middle = heights(group)
    top = min(middle[key] - sizes[key][1] / 2 for key in sizes)
    lowest = max(middle[key] + sizes[key][1] / 2 for key in sizes)
    places, widths, spans, x = {}, {}, [], 0.0
    for column in group.columns:
        wide = max((sizes[key][0] for key in column if key in sizes), default=0.0)
        spans.append((x, x + wide))
        for key in (key for key in column if key in sizes):
            places[key] = (x, round(middle[key] - sizes[key][1] / 2 - top, 1))
            widths[key] = wide
        x += wide + _CHANNEL
    column_of = {key: number for number, column in enumerate(group.columns) for key in column}
    ways = {
        arrow: [(end, round(middle[key] - top, 1)) for key in chain for end in spans[column_of[key]]]
        for arrow, chain in group.chains.items()
    }
    # An arrow that an opened cycle turned round runs from right to left.
    ways = {arrow: way if column_of[arrow[1]] < column_of[arrow[0]] else way[::-1] for arrow, way in ways.items()}
    height = max([lowest - top, *(y for way in ways.values() for _, y in way)])
    return Layout(places, ways, widths, x - _CHANNEL, height)


def _rows(sizes: Mapping[str, Point], wide: float) -> Layout:
    """Return boxes in rows, from left to right, in their order."""
    places: dict[str, Point] = {}
    x = y = tallest = right = 0.0
    for key, (width, height) in sizes.items():
        if x and x + width > wide:
            x, y, tallest = 0.0, y + tallest + GAP, 0.0
        places[key] = (x, y)
        right, tallest = max(right, x + width), max(tallest, height)
        x += width + GAP
    return Layout(places, {}, {key: size[0] for key, size in sizes.items()}, right, y + tallest)


def _below(one: Layout, other: Layout) -> Layout:
    """Return both, the second under the first."""
    down = one.height + _APART if one.places else 0.0
    places = {key: (x, y + down) for key, (x, y) in other.places.items()}
    ways = {arrow: [(x, y + down) for x, y in way] for arrow, way in other.ways.items()}
    return Layout(
        one.places | places, one.ways | ways, one.widths | other.widths, max(one.width, other.width),
        down + other.height,
    )  # fmt: skip
