"""Draws tables and the foreign keys between them as one SVG that is a part of a page: links, titles, no script.

Pure. Colours are the page's (assets/site.css); every line is there before any script runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from slate_pg.docs.columns import Point
from slate_pg.docs.layout import Layout, lay_out

_ROW = 18.0
_HEAD = 26.0
# Widths of letters at 12 px, bold, as the widest of the usual fonts has them; a longer name is cut.
_NARROW, _MIDDLE, _WIDE, _FULL = 4.8, 8.3, 12.2, 15.0
_SLIM, _BROAD = frozenset("ijlI.,:;'|!()[] "), frozenset("mwMWQGOD@%<>=+~&#")
_EDGE = 12.0
_CONTROL = dict.fromkeys(c for c in range(32) if c not in (9, 10, 13))  # XML knows no way to write them
_LEAST, _MOST = 110.0, 256.0


@dataclass(frozen=True)
class Entry:
    """One table of a diagram: a key, its names, where its page is, what it is for, and rows to begin arrows at.

    `kind` is "focus", "outside", "added", "removed", "changed" or nothing; `sign` stands before its name.
    """

    key: str
    schema: str
    name: str
    href: str
    says: str = ""
    rows: tuple[str, ...] = ()
    kind: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Reference:
    """One foreign key: its name, the keys of its table and of the one it points to, its row, whether it may be NULL.

    `how` is "added", "removed", "changed" or nothing.
    """

    name: str
    child: str
    parent: str
    row: str
    optional: bool = False
    how: str = ""


def draw(title: str, entries: Sequence[Entry], references: Sequence[Reference], marks: str = "d") -> str:
    """Return the SVG of these tables and foreign keys; `marks` begins the ids in it, one a page.

    A reference whose table or target is no entry is left out.
    """
    by_key = {entry.key: entry for entry in entries}
    known = [r for r in references if r.child in by_key and r.parent in by_key]
    sizes = {entry.key: (_width(entry), _height(entry)) for entry in entries}
    layout = lay_out(sizes, [(r.child, r.parent) for r in known])
    lines = [_line(reference, by_key, layout, marks) for reference in known]
    boxes = [_box(by_key[key], layout) for key in sorted(by_key, key=lambda k: layout.places[k])]
    width, height = layout.width + 4 * _EDGE, layout.height + 2 * _EDGE
    shape = "diagram broad" if width > 1.2 * height else "diagram"
    said = f"{len(entries)} tables, {len(known)} foreign keys. A line runs from the column that refers to the table."
    return "\n".join([
        f'<svg class="{shape}" xmlns="http://www.w3.org/2000/svg" role="group" aria-labelledby="{marks}-t {marks}-d" '
        f'width="{width:g}" height="{height:g}" viewBox="{-2 * _EDGE:g} {-_EDGE:g} {width:g} {height:g}">',
        f'<title id="{marks}-t">{_escaped(title)}</title><desc id="{marks}-d">{said}</desc>',
        f'<defs><marker id="{marks}-a" viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" '
        'markerWidth="9" markerHeight="9" '
        'orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
        *lines,
        *boxes,
        "</svg>",
    ])  # fmt: skip


def _height(entry: Entry) -> float:
    return _HEAD + _ROW * len(entry.rows) + (4 if entry.rows else 0)


def _width(entry: Entry) -> float:
    longest = max(_length(_cut(words)) for words in (entry.sign + entry.name, *entry.rows))
    return round(max(_LEAST, longest + 20), 1)


def _length(words: str) -> float:
    """Return about how wide a text is, rather too much than too little."""
    return sum(map(_letter, words))


def _letter(letter: str) -> float:
    if letter in _SLIM:
        return _NARROW
    if letter > "\u02ff":
        return _FULL
    return _WIDE if letter in _BROAD else _MIDDLE


def _cut(words: str) -> str:
    """Return a name, cut where it is wider than a box may be."""
    if _length(words) <= _MOST - 20:
        return words
    while _length(words) > _MOST - 32:
        words = words[:-1]
    return words + "…"


def _box(entry: Entry, layout: Layout) -> str:
    """Return one table: a link with its name, then a row for each column that refers to another table."""
    x, y = layout.places[entry.key]
    width, height = layout.widths[entry.key], _height(entry)
    rows = "".join(
        f'<text class="row" x="{x + 10:g}" y="{y + _HEAD + _ROW * number + 13:g}">{_escaped(_cut(row))}</text>'
        for number, row in enumerate(entry.rows)
    )
    rule = f'<path class="rule" d="M{x:g} {y + _HEAD:g}h{width:g}"/>' if entry.rows else ""
    told = f"{entry.schema}.{entry.name}" + (f": {entry.says}" if entry.says else "")
    link = f'href="{_escaped(entry.href)}" ' if entry.href else ""
    return (
        f'<a class="{f"box {entry.kind}".strip()}" {link}data-key="{_escaped(entry.key)}" '
        f'data-schema="{_escaped(entry.schema)}"><title>{_escaped(told)}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"/>{rule}'
        f'<text class="name" x="{x + 10:g}" y="{y + 17:g}">{_escaped(_cut(entry.sign + entry.name))}</text>{rows}</a>'
    )


def _line(reference: Reference, entries: dict[str, Entry], layout: Layout, marks: str) -> str:
    """Return one foreign key as a curve from its row to the head of the table it points to."""
    child, parent = entries[reference.child], entries[reference.parent]
    row = child.rows.index(reference.row) if reference.row in child.rows else -1
    start = (layout.places[child.key][0], layout.places[child.key][1] + _middle(row))
    end = (layout.places[parent.key][0], layout.places[parent.key][1] + _middle(-1))
    told = f"{child.name} ({reference.row}) refers to {parent.name}: {reference.name}"
    told += f", {reference.how}" if reference.how else ""
    kind = " ".join(filter(None, ("fk", "optional" if reference.optional else "", reference.how)))
    return (
        f'<path class="{kind}" data-from="{_escaped(child.key)}" '
        f'data-to="{_escaped(parent.key)}" data-name="{_escaped(reference.name)}" marker-end="url(#{marks}-a)" '
        f'd="{_path(reference, start, end, layout)}"><title>{_escaped(told)}</title></path>'
    )


def _middle(row: int) -> float:
    return _HEAD / 2 if row < 0 else _HEAD + _ROW * row + 9


def _path(reference: Reference, start: Point, end: Point, layout: Layout) -> str:
    """Return the curve's data, from the referring row through the columns that the arrow passes."""
    if reference.child == reference.parent:
        x = start[0] + layout.widths[reference.child]
        return f"M{x:g} {start[1]:g}c26 0 26 {end[1] - start[1]:g} 0 {end[1] - start[1]:g}"
    backwards = end[0] > start[0]  # where a cycle was opened, the table pointed to stands right
    first = (start[0] + layout.widths[reference.child], start[1]) if backwards else start
    last = end if backwards else (end[0] + layout.widths[reference.parent], end[1])
    points = [first, *reversed(layout.ways[reference.child, reference.parent]), last]
    drawn = f"M{first[0]:g} {first[1]:g}"
    for number, (one, other) in enumerate(pairwise(points)):
        if number % 2:  # through a column, straight
            drawn += f"H{other[0]:g}"
        else:
            half = (one[0] + other[0]) / 2
            drawn += f"C{half:g} {one[1]:g} {half:g} {other[1]:g} {other[0]:g} {other[1]:g}"
    return drawn


def _escaped(words: str) -> str:
    return escape(words.translate(_CONTROL))
