"""Puts what arrows join into columns and each column into an order with few arrows crossing (Sugiyama's steps).

Pure. Cycles are opened, each box gets its column, columns are ordered by the mean of their neighbours, heights follow
by least squares. Sizes in px. Where it all stands on a page is for layout.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Arrow = tuple[str, str]  # what points, what it points to
Point = tuple[float, float]
GAP = 14.0  # between two boxes of a column
_LANE = 9.0  # the height of an arrow that passes a column
_SWEEPS = 12
_SWAPPED_AT_MOST = 400  # places in a column, for the swaps of neighbours: they take the square of it


@dataclass
class Group:
    """One set of boxes that arrows join: columns of keys and of passing arrows, which are keys of their own."""

    sizes: dict[str, Point]
    columns: list[list[str]] = field(default_factory=list)
    chains: dict[Arrow, list[str]] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)
    right: dict[str, list[str]] = field(default_factory=dict)

    def height(self, key: str) -> float:
        """Return the height that a box or a passing arrow takes in its column, in px."""
        return self.sizes[key][1] + GAP if key in self.sizes else _LANE


def opened(keys: Sequence[str], arrows: Sequence[Arrow]) -> list[Arrow]:
    """Return (left, right) for each arrow: as a rule what it points to stands left; not where that closes a cycle."""
    parents: dict[str, list[str]] = {key: [] for key in keys}
    for child, parent in arrows:
        parents[child].append(parent)
    state: dict[str, int] = {}
    turned = set()
    for start in keys:
        stack = [] if start in state else [(start, iter(parents[start]))]
        state.setdefault(start, 1)
        while stack:
            key, waiting = stack[-1]
            parent = next(waiting, "")
            if not parent:
                state[key] = 2
                stack.pop()
            elif state.get(parent) == 1:
                turned.add((key, parent))
            elif parent not in state:
                state[parent] = 1
                stack.append((parent, iter(parents[parent])))
    return [arrow if arrow in turned else (arrow[1], arrow[0]) for arrow in arrows]


def ranks(keys: Sequence[str], pairs: Sequence[Arrow]) -> dict[str, int]:
    """Return each box's column: right of all that it points to, and near what points to it."""
    before: dict[str, list[str]] = {key: [] for key in keys}
    after: dict[str, list[str]] = {key: [] for key in keys}
    for left, right in pairs:
        before[right].append(left)
        after[left].append(right)
    open_ = {key: len(before[key]) for key in keys}
    order = [key for key in keys if not open_[key]]
    for key in order:  # it grows while it is read
        for right in after[key]:
            open_[right] -= 1
            if not open_[right]:
                order.append(right)
    rank: dict[str, int] = {}
    for key in order:
        rank[key] = max((rank[left] + 1 for left in before[key]), default=0)
    for key in reversed(order):
        if after[key] and len(after[key]) > len(before[key]):
            rank[key] = min(rank[right] for right in after[key]) - 1
    return rank


def fill_columns(group: Group, rank: Mapping[str, int], arrows: Sequence[Arrow]) -> None:
    """Put the boxes, and a passing key for each column that an arrow crosses, into the group's columns."""
    first = min(rank.values())
    group.columns = [[] for _ in range(max(rank.values()) - first + 1)]
    for key, number in rank.items():
        group.columns[number - first].append(key)
        group.left[key], group.right[key] = [], []
    for arrow in arrows:
        left, right = sorted(arrow, key=rank.__getitem__)
        # No name of a box has a line end and a NUL in it.
        chain = [f"\n\0{arrow[0]}\n{arrow[1]}\n{number}" for number in range(rank[left] + 1, rank[right])]
        group.chains[arrow] = chain
        for number, key in enumerate(chain, rank[left] + 1 - first):
            group.columns[number].append(key)
            group.left[key], group.right[key] = [], []
        for one, other in zip([left, *chain], [*chain, right], strict=True):
            group.right[one].append(other)
            group.left[other].append(one)


def put_in_order(group: Group) -> None:
    """Order each column by the mean place of its neighbours, to and fro, and keep the order with fewest crossings.

    It is begun twice, with the order given and with that of a walk along the arrows.
    """
    walked = _walked(group)
    starts = [group.columns, [sorted(column, key=walked.__getitem__) for column in group.columns]]
    found = [_swept(group, start) for start in starts]
    group.columns = min(found, key=lambda each: each[0])[1]


def _walked(group: Group) -> dict[str, int]:
    """Return when a walk along the arrows, from the box with fewest of them, meets each key first."""
    degree = {key: len(group.left[key]) + len(group.right[key]) for key in group.left}
    met: dict[str, int] = {}
    waiting = sorted(degree, key=degree.__getitem__, reverse=True)
    while waiting:
        key = waiting.pop()
        if key not in met:
            met[key] = len(met)
            waiting.extend(other for other in (*group.left[key], *group.right[key]) if other not in met)
    return met


def _swept(group: Group, start: list[list[str]]) -> tuple[int, list[list[str]]]:
    """Return the fewest crossings that sweeps from this order find, and their order."""
    group.columns = [list(column) for column in start]
    best, fewest = start, _all_crossings(group)
    for sweep in range(_SWEEPS):
        near, step = (group.left, -1) if sweep % 2 == 0 else (group.right, 1)
        numbers = range(1, len(start)) if sweep % 2 == 0 else range(len(start) - 2, -1, -1)
        for number in numbers:
            fixed, own = _index(group.columns[number + step]), _index(group.columns[number])
            group.columns[number].sort(key=_mean_of(near, fixed, own))
        _swap_neighbours(group)
        found = _all_crossings(group)
        if found < fewest:
            best, fewest = [list(column) for column in group.columns], found
    return fewest, best


def _mean_of(
    near: Mapping[str, list[str]], fixed: Mapping[str, int], own: Mapping[str, int]
) -> Callable[[str], tuple[float, int]]:
    def mean(key: str) -> tuple[float, int]:
        places = [fixed[other] for other in near[key]]
        return (sum(places) / len(places) if places else float(own[key]), own[key])

    return mean


def _swap_neighbours(group: Group) -> None:
    """Swap two that stand next to each other wherever fewer arrows cross then."""
    for number, column in enumerate(group.columns):
        if len(column) > _SWAPPED_AT_MOST:
            continue
        sides = [
            (near, _index(group.columns[other]))
            for near, other in ((group.left, number - 1), (group.right, number + 1))
            if 0 <= other < len(group.columns)
        ]
        around = {key: [sorted(fixed[o] for o in near[key]) for near, fixed in sides] for key in column}
        for place in range(len(column) - 1):
            upper, lower = column[place], column[place + 1]
            here = sum(_over(a, b) for a, b in zip(around[upper], around[lower], strict=True))
            there = sum(_over(a, b) for a, b in zip(around[lower], around[upper], strict=True))
            if there < here:
                column[place], column[place + 1] = lower, upper


def _over(upper: Sequence[int], lower: Sequence[int]) -> int:
    """Return how many arrows of two neighbours cross."""
    return sum(len(upper) - bisect_right(upper, place) for place in lower)


def _all_crossings(group: Group) -> int:
    found = 0
    for one, other in zip(group.columns, group.columns[1:], strict=False):
        places = _index(other)
        found += inversions([(i, places[right]) for i, key in enumerate(one) for right in group.right[key]])
    return found


def inversions(pairs: Iterable[Point]) -> int:
    """Return how many of these lines (from a height left to a height right) cross."""
    seen: list[float] = []
    found = 0
    for _, place in sorted(pairs):
        found += len(seen) - bisect_right(seen, place)
        insort(seen, place)
    return found


def _index(column: Sequence[str]) -> dict[str, int]:
    return {key: number for number, key in enumerate(column)}


def heights(group: Group) -> dict[str, float]:
    """Return the middle of each key: near the mean of its neighbours', none over another, in its column's order."""
    middle: dict[str, float] = {}
    for column in group.columns:
        middle.update(_settled(group, column, [0.0] * len(column)))
    last = len(group.columns) - 1
    for sweep in range(2 * _SWEEPS):
        numbers = range(last + 1) if sweep % 2 == 0 else range(last, -1, -1)
        for number in numbers:
            column = group.columns[number]
            near = [[*group.left[key], *group.right[key]] for key in column]
            wanted = [sum(middle[o] for o in others) / len(others) for others in near]
            middle.update(_settled(group, column, wanted))
    return middle


def _settled(group: Group, column: Sequence[str], wanted: Sequence[float]) -> dict[str, float]:
    """Return places in the column's order as near to those wanted as the heights allow (pooled adjacent violators)."""
    offsets, at = [], 0.0
    for key in column:
        offsets.append(at + group.height(key) / 2)
        at += group.height(key)
    pools: list[tuple[float, float, int]] = []  # sum of weighted wishes, weight, how many
    for key, offset, wish in zip(column, offsets, wanted, strict=True):
        weight = 1.0 if key in group.sizes else 4.0  # an arrow that passes shall be straight
        pool = (weight * (wish - offset), weight, 1)
        while pools and pools[-1][0] / pools[-1][1] >= pool[0] / pool[1]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    starts = [total / weight for total, weight, count in pools for _ in range(count)]
    return {key: start + offset for key, start, offset in zip(column, starts, offsets, strict=True)}
