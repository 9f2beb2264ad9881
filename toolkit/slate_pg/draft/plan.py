"""Decides what is altered, what is dropped and made again with all that hangs on it, and in which order. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from slate_pg.catalog.identity import Identity
from slate_pg.draft.altering import alter, owned_by
from slate_pg.draft.columns import DERIVED, retype
from slate_pg.draft.making import create, drop
from slate_pg.draft.order import in_order, reader_key
from slate_pg.draft.rights import OF_OTHERS
from slate_pg.draft.sayings import said
from slate_pg.draft.side import Side, default_of
from slate_pg.draft.tables import column_head, is_inline
from slate_pg.draft.words import Step

# What is dropped before anything is altered, for it stands in the way; all else that goes, goes last.
_EARLY = ("constraint", "index", "trigger", "rule", "policy", "statistics", "event trigger", "publication")
# What hangs on a column and forbids to give it another type; indexes and constraints the server makes anew itself.
_FORBIDS = ("view", "materialized view", "rule", "policy", "trigger", "publication", "function", "procedure", "column")
_HOLDS_ROWS = ("table", "column")
_TYPES = ("type", "domain")
_SHARING = ("table", "view", "materialized view", "foreign table", "sequence", "index", "type", "domain")
_ASIDE = "_before"


@dataclass
class Plan:
    """What leads from one state to another: statements in their order, and what no statement was found for."""

    steps: list[Step] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


@dataclass
class _Work:
    """What was decided so far: what goes, what is made again, what is altered, and by which statements."""

    src: Side
    dst: Side
    gone: set[Identity] = field(default_factory=set)
    new: set[Identity] = field(default_factory=set)
    again: set[Identity] = field(default_factory=set)
    early: set[Identity] = field(default_factory=set)
    alters: dict[Identity, list[Step]] = field(default_factory=dict)
    retyped: set[Identity] = field(default_factory=set)
    converted: set[Identity] = field(default_factory=set)
    defaults: set[Identity] = field(default_factory=set)
    aside: set[Identity] = field(default_factory=set)
    unsaid: list[str] = field(default_factory=list)


def plan(src: Side, dst: Side) -> Plan:
    """Return what leads from one state to another. Pure."""
    work = _Work(src, dst)
    _sort_out(work)
    _close(work)
    early = _drops(work, work.early)
    late = _drops(work, work.gone - work.early)
    main = _main(work)
    owned = [
        Step(owned_by(dst, i), i) for i in sorted(work.new | work.again)
        if i.kind == "sequence" and dst.told(i).get("owned_by") and not dst.told(i)["internal"]
    ]  # fmt: skip
    put_aside = [s for i in sorted(work.aside) for s in (_renamed(work, i),)]
    left = [Step(f"DROP {i.kind.upper()} {_other_name(work, i)}", i) for i in sorted(work.aside)]
    return Plan(_once([*early, *put_aside, *main, *owned, *late, *left]), work.unsaid)


def _once(steps: Iterable[Step]) -> list[Step]:
    """Return the steps without those that say the same again. Pure."""
    return list({step.text: step for step in steps}.values())


def _sort_out(work: _Work) -> None:
    """Tell what is missing, what is too many and what differs, and how it is altered."""
    src, dst = work.src, work.dst
    for identity, old in src.facts.items():
        if identity.kind in OF_OTHERS:
            continue
        new = dst.facts.get(identity)
        if new is None and identity.kind == "member function":
            continue
        if new is None:
            work.gone.add(identity)
            continue
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if not changed - {"owner"}:
            continue
        steps = alter(src, dst, identity, changed)
        if steps is None and identity.kind in ("table", "schema", "extension", "language"):
            work.unsaid.append(f"{identity}: {', '.join(sorted(changed - DERIVED))} cannot be altered")
            continue
        if steps is None:
            work.again.add(identity)
            continue
        work.alters[identity] = steps
        in_table = identity.kind == "column" and identity.on and identity.on.kind not in ("view", "materialized view")
        if in_table and changed & {"type", "collation"}:
            work.retyped.add(identity)
    work.new |= {i for i in dst.facts if i not in src.facts and i.kind not in (*OF_OTHERS, "member function")}


def _close(work: _Work) -> None:
    """Find what has to be dropped before, for it needs what is dropped, made again, or gets another type."""
    names = {(i.schema, i.name) for i in work.new if i.kind in _SHARING}
    work.early |= {i for i in work.gone if i.kind in _EARLY or (i.kind in _SHARING and (i.schema, i.name) in names)}
    work.early |= {i for i in work.gone if i.kind == "column" and work.src.told(i).get("generated")}
    work.early |= work.again
    queue = [*work.early, *work.retyped]
    columns: dict[Identity | None, list[Identity]] = defaultdict(list)
    for identity in work.src.facts:
        if identity.kind == "column":
            columns[identity.on].append(identity)
    while queue:
        needed = queue.pop()
        for part in (needed, *columns.get(needed, ())):
            for need in work.src.needed_by.get(part, ()):
                if need.needed != needed and need.needed.on != needed:
                    queue += _met(work, needed, need.needed, need.kind)


def _met(work: _Work, needed: Identity, dependent: Identity, kind: str) -> list[Identity]:
    """Decide about one that needs what is dropped or retyped; return what is to be looked at next."""
    only_retyped = needed in work.retyped and needed not in work.early
    if dependent.kind == "default":
        column = Identity("column", dependent.schema, dependent.name, dependent.on)
        if not only_retyped and column not in work.gone:
            work.defaults.add(dependent)
        return []
    if only_retyped and not _forbids(work, dependent):
        return []
    if dependent in work.early or dependent.kind in ("schema", "extension"):
        return []
    if needed.kind in _TYPES and dependent.kind == "column" and not work.src.told(dependent).get("generated"):
        return _convert(work, needed, dependent)
    if dependent.kind in _HOLDS_ROWS and not work.src.told(dependent).get("generated"):
        if dependent not in work.gone and kind != "a" and needed.kind != "table":
            work.unsaid.append(f"{dependent} needs {needed}, which would have to be made again")
        return []
    if kind == "i" and work.src.told(dependent).get("of_constraint") is None and dependent.kind != "index":
        return []
    work.early.add(dependent)
    if dependent not in work.gone:
        work.again.add(dependent)
        work.alters.pop(dependent, None)
    return [dependent]


def _forbids(work: _Work, dependent: Identity) -> bool:
    """Tell whether one that needs a column forbids to give that another type."""
    if dependent.kind == "column":
        return bool(work.src.told(dependent).get("generated"))
    return dependent.kind in _FORBIDS


def _convert(work: _Work, type_: Identity, column: Identity) -> list[Identity]:
    """Let a column of a type that is made again go over to the new one by its text."""
    if column in work.gone or column in work.converted:
        return []
    if type_ in work.dst.facts:
        work.aside.add(type_)
    on = column.on
    if on and on.kind in ("view", "materialized view", "type"):
        return []
    if column not in work.retyped and type_ in work.dst.facts:
        work.converted.add(column)
        work.retyped.add(column)
        return [column]
    return []


def _other_name(work: _Work, identity: Identity) -> str:
    called = work.src.called(identity)
    if called.endswith('"'):
        return f'{called[:-1]}{_ASIDE}"'
    return f"{called}{_ASIDE}"


def _renamed(work: _Work, identity: Identity) -> Step:
    name = _other_name(work, identity).rpartition(".")[2]
    return Step(f"ALTER {identity.kind.upper()} {work.src.called(identity)} RENAME TO {name}", identity)


def _drops(work: _Work, gone: Iterable[Identity]) -> list[Step]:
    """Return the statements that drop what goes, what needs others first; what goes with another has none."""
    src, going = work.src, {*gone}
    key = reader_key(lambda i: str(src.facts.get(i, {}).get("table") or ""))
    steps: list[Step] = []

    def needs(identity: Identity) -> list[Identity]:
        found = [n.needed for n in src.needs.get(identity, ())]
        return [*found, *(place for each in (identity, *found) for place in each.chain)]

    order = in_order(going, needs, key)
    for identity in sorted((d for d in work.defaults if going & work.again), key=str):
        column = Identity("column", identity.schema, identity.name, identity.on)
        steps.append(Step(f"{column_head(src, column)} DROP DEFAULT", column))
    for identity in reversed(order):
        if identity in work.aside or _goes_along(work, identity, going):
            continue
        found = drop(src, identity)
        if found is None:
            work.unsaid.append(f"{identity}: is not expected, and cannot be dropped by a statement known here")
        steps += found or []
    return steps


def _goes_along(work: _Work, identity: Identity, going: set[Identity]) -> bool:
    """Tell whether an object goes with another that is dropped: hangs on it, or is a part of it."""
    # What is made again must be gone before that, what is not may wait for what it is a part of.
    with_these = going if identity in work.again else work.gone | work.early
    if any(place in with_these for place in identity.chain):
        return True
    return any(n.kind in ("a", "i", "P", "S") and n.needed not in work.aside
               and any(place in with_these for place in (n.needed, *n.needed.chain))
               for n in work.src.needs.get(identity, ()))  # fmt: skip


def _node(work: _Work, identity: Identity) -> Identity:
    """Return where an object is made: in the statement of its table or its column, or by itself."""
    made, on = work.new | work.again, identity.on
    if identity.kind == "default" and on:
        column = Identity("column", identity.schema, identity.name, on)
        return _node(work, column)
    if on and on in made and on.kind in ("table", "foreign table", "type"):
        if identity.kind == "column" or (identity.kind == "constraint" and is_inline(work.dst, identity)):
            return on
        if identity.kind == "constraint" and work.dst.told(identity).get("type") == "n":
            return on
    if on and on in made and identity.kind == "column":
        return on
    if on and on in made and on.kind == "domain" and work.dst.told(identity).get("type") == "n":
        return on
    if identity.kind == "constraint" and work.dst.told(identity).get("type") == "n":
        for name in work.dst.told(identity)["columns"]:
            column = Identity("column", identity.schema, name, on)
            if column in made:
                return column
    return identity


def _main(work: _Work) -> list[Step]:
    """Return what makes and alters, each behind what it needs, with what is said of it."""
    dst = work.dst
    made = {_node(work, i) for i in (work.new | work.again)}
    defaults = {d for d in work.defaults if _node(work, d) not in made}
    nodes = (
        made
        | work.alters.keys()
        | work.converted
        | {_column(d) for d in defaults}
        | said(work.src, dst, None, made).keys()
    )

    def needs(identity: Identity) -> list[Identity]:
        parts = [i for i in dst.needs if i == identity or (identity in made and _node(work, i) == identity)]
        parts += [default_of(identity)] if identity.kind == "column" else []
        found = [n.needed for p in parts for n in dst.needs.get(p, ()) if not _belongs(p, n.kind, dst)]
        every = [*found, *(place for each in (identity, *found) for place in each.chain)]
        return [n for n in (_node(work, each) for each in every) if n != identity]

    key = reader_key(lambda i: str(dst.facts.get(i, {}).get("table") or ""))
    sayings = said(work.src, dst, lambda i: _node(work, i), made)
    steps: list[Step] = []
    for identity in in_order(nodes, needs, key):
        steps += _of_node(work, identity, made, defaults)
        steps += sayings.get(identity, [])
    return steps


def _belongs(identity: Identity, kind: str, dst: Side) -> bool:
    """Tell whether a need is only that of a sequence that belongs to its column."""
    return identity.kind == "sequence" and kind in ("a", "i")


def _column(default: Identity) -> Identity:
    return Identity("column", default.schema, default.name, default.on)


def _of_node(work: _Work, identity: Identity, made: set[Identity], defaults: set[Identity]) -> list[Step]:
    """Return the statements that make or alter one object."""
    if identity in made:
        found = create(work.dst, identity)
        if found is None:
            work.unsaid.append(f"{identity}: is missing, and cannot be made by a statement known here")
        return found or []
    steps = list(work.alters.get(identity, []))
    if identity in work.converted:
        steps = [*retype(work.src, work.dst, identity, through_text=True), *steps]
    default = work.dst.told(identity).get("default")
    if default_of(identity) in defaults and default is not None and not work.dst.told(identity).get("generated"):
        steps.append(Step(f"{column_head(work.dst, identity)} SET DEFAULT {default}", identity))
    return steps
