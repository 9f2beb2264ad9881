"""Names what foreign keys lead to, from both sides, and says how each is joined. Pure.

A key's row is named for its column (`course_id`: course), what leads back for the table it comes from (lessons), or,
where there are several or a table leads to itself, for both (lessons_by_course). Columns keep their names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from slate_pg.generate.model import Key, Relation
from slate_pg.generate.names import Names, identifier

_STEM = re.compile(r"(.+?)(?:_+(?:id|Id|ID|uuid|Uuid|UUID)|(?<=[a-z0-9])(?:Id|ID|Uuid|UUID))", re.S)


@dataclass(frozen=True)
class Mapped:
    """A table that has a class: its class's name, and the attribute of each column."""

    relation: Relation
    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Link:
    """One relationship, an attribute of a class; `join` is empty where the only key says it.

    `backwards` leads from the key's target to who has it, `many` is a list of rows, and `overlaps` names the
    relationships that write the same column.
    """

    name: str
    back: str
    target: str
    backwards: bool
    many: bool
    join: str
    overlaps: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """Both sides of one foreign key, named."""

    child: Mapped
    parent: Mapped
    key: Key
    forth: str
    back: str
    alone: bool


def links(classes: Mapping[int, Mapped], names: Mapping[int, Names]) -> dict[int, list[Link]]:
    """Return the relationships of each table. `names` are those of its attributes, and take more."""
    found: dict[int, list[Link]] = {oid: [] for oid in classes}
    pairs = _pairs(classes, names)
    for pair in pairs:
        others = [o for o in pairs if o is not pair and _share(o, pair)]
        overlaps = tuple(dict.fromkeys(name for o in others for name in (o.forth, o.back)))
        child, parent = pair.child, pair.parent
        one = any({*k.columns} <= {*pair.key.columns} for k in child.relation.keys if k.kind in "pu")
        there, here = ("", "") if pair.alone else (_join(pair, False), _join(pair, True))
        found[child.relation.oid].append(Link(pair.forth, pair.back, parent.name, False, False, there, overlaps))
        found[parent.relation.oid].append(Link(pair.back, pair.forth, child.name, True, not one, here, overlaps))
    return found


def _pairs(classes: Mapping[int, Mapped], names: Mapping[int, Names]) -> list[_Pair]:
    keys = [(c, classes[k.target], k) for c in classes.values() for k in _keys(c.relation) if k.target in classes]
    between = Counter(frozenset((c.relation.oid, p.relation.oid)) for c, p, _ in keys)
    forth = {(c.relation.oid, k.name): _take(names[c.relation.oid], _forth(c, p, k)) for c, p, k in keys}
    found = []
    for child, parent, key in keys:
        alone = child is not parent and between[frozenset((child.relation.oid, parent.relation.oid))] == 1
        wanted = identifier(child.relation.name) + ("" if alone else f"_by_{_stem(child, parent, key)}")
        back = _take(names[parent.relation.oid], wanted)
        found.append(_Pair(child, parent, key, forth[child.relation.oid, key.name], back, alone))
    return found


def _take(names: Names, wanted: str) -> str:
    return names.take(wanted, wanted)


def _keys(relation: Relation) -> list[Key]:
    """Return the foreign keys of a table; of two that say the same, one."""
    same = {(k.columns, k.target, k.target_columns): k for k in reversed(relation.keys) if k.kind == "f"}
    return sorted(same.values(), key=lambda key: key.name)


def _share(one: _Pair, other: _Pair) -> bool:
    return one.child is other.child and bool({*one.key.columns} & {*other.key.columns})


def _forth(child: Mapped, parent: Mapped, key: Key) -> str:
    stem, column = _stem(child, parent, key), _deciding(child, key)
    if stem not in child.attributes.values():
        return stem
    return f"{child.attributes[column] if column else stem}_row"


def _stem(child: Mapped, parent: Mapped, key: Key) -> str:
    """Return `course` for the column course_id, and the other table's name where no column alone decides."""
    column = _deciding(child, key)
    if column is None:
        return identifier(parent.relation.name)
    found = _STEM.fullmatch(column)
    return identifier(found[1]) if found else child.attributes[column]


def _deciding(child: Mapped, key: Key) -> str | None:
    """Return the column of a key that no other key has, such as a tenant's; None where there are several, or none."""
    others = {name for k in _keys(child.relation) if k.name != key.name for name in k.columns}
    own = [name for name in key.columns if len(key.columns) == 1 or name not in others]
    return own[0] if len(own) == 1 else None


def _join(pair: _Pair, backwards: bool) -> str:
    """Return the condition of a relationship; foreign() and remote() say which side is which."""
    mine, theirs = ("remote(foreign({}))", "{}") if backwards else ("foreign({})", "remote({})")
    terms = [
        mine.format(f"{pair.child.name}.{pair.child.attributes[a]}")
        + " == "
        + theirs.format(f"{pair.parent.name}.{pair.parent.attributes[b]}")
        for a, b in zip(pair.key.columns, pair.key.target_columns, strict=True)
    ]
    return terms[0] if len(terms) == 1 else f"and_({', '.join(terms)})"
