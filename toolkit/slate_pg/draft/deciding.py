"""Decides what is altered in place, what is dropped, and what has to be made again with all that hangs on it. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.altering import alter
from slate_pg.draft.columns import DERIVED
from slate_pg.draft.rights import OF_OTHERS
from slate_pg.draft.side import Side, column_of
from slate_pg.draft.words import Step

# What is dropped before anything is altered, for it stands in the way; all else that goes, goes last.
_EARLY = ("constraint", "index", "trigger", "rule", "policy", "statistics", "event trigger", "publication")
# What hangs on a column and forbids to give it another type; indexes and constraints the server makes anew itself.
_FORBIDS = ("view", "materialized view", "rule", "policy", "trigger", "publication", "function", "procedure", "column")
_HOLDS_ROWS = ("table", "column")
_TYPES = ("type", "domain")
_SHARING = ("table", "view", "materialized view", "foreign table", "sequence", "index", "type", "domain")
# Those of one name differ by their arguments: which of them an expression means is decided by which there are.
_OVERLOADED = ("function", "procedure", "aggregate", "operator")


@dataclass
class Work:
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
    blocking: set[Identity] = field(default_factory=set)
    first: list[Step] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


def decide(src: Side, dst: Side) -> Work:
    """Return what is to be done. Pure."""
    work = Work(src, dst)
    _sort_out(work)
    _rename_not_nulls(work)
    _close(work)
    return work


def _sort_out(work: Work) -> None:
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


def _rename_not_nulls(work: Work) -> None:
    """Let a NOT NULL whose name alone differs take the other: a column has one, and a partition's stays behind it."""
    of_columns = {
        (i.on, str(work.src.told(i).get("columns"))): i for i in work.gone if work.src.told(i).get("type") == "n"
    }
    for new in sorted(i for i in work.new if work.dst.told(i).get("type") == "n"):
        old = of_columns.get((new.on, str(work.dst.told(new).get("columns"))))
        both = old and work.dst.told(new)["derived"] and work.src.told(old)["derived"]
        if old and new.on and new.on.kind == "table" and not both:
            text = f"ALTER TABLE {work.dst.called(new.on)} RENAME CONSTRAINT {quote(old.name)} TO {quote(new.name)}"
            if work.dst.told(new)["derived"]:
                work.first.append(Step(text, new))  # what hangs on a parent has its name already
            else:
                work.alters[new] = [Step(text, new)]
            work.gone.discard(old)
            work.new.discard(new)


def _close(work: Work) -> None:
    """Find what has to be dropped before, for it needs what is dropped, made again, or gets another type."""
    names = {(i.schema, i.name) for i in work.new if i.kind in _SHARING}
    work.early |= {
        i
        for i in work.gone
        if (i.kind in _EARLY and not _waits(work, i)) or (i.kind in _SHARING and (i.schema, i.name) in names)
    }
    work.early |= {i for i in work.gone if i.kind == "column" and work.src.told(i).get("generated")}
    work.early |= work.again
    work.early |= _still_used(work) | _in_another_s_place(work)
    queue = [*work.early, *work.retyped]
    columns: dict[Identity | None, list[Identity]] = defaultdict(list)
    for identity in work.src.facts:
        if identity.kind == "column":
            columns[identity.on].append(identity)
    while queue:
        needed = queue.pop()
        for part in (needed, *columns.get(needed, ())):
            for need in work.src.needed_by.get(part, ()):
                if need.needed != needed and (need.needed.on != needed or need.needed.kind == "user mapping"):
                    queue += _met(work, needed, _whole(work, need.needed, needed), need.kind)


def _still_used(work: Work) -> set[Identity]:
    """Return what goes, but is needed by what stays as it is: that means another then, and is to be made again."""
    return {
        i
        for i in work.gone
        if i.kind not in _HOLDS_ROWS and any(_stays(work, n.needed) for n in work.src.needed_by.get(i, ()))
    }


def _stays(work: Work, identity: Identity) -> bool:
    """Tell whether nothing is done to an object that is in both states."""
    if identity.kind == "default":
        column = column_of(identity)
        old, new = (side.told(column).get("default") for side in (work.src, work.dst))
        return old == new and column not in work.gone and column not in work.again
    done = identity in work.gone or identity in work.again or identity in work.alters
    return identity in work.dst.facts and not done


def _in_another_s_place(work: Work) -> set[Identity]:
    """Return what goes and has the name of one that is meant by what is made or altered, which would find both."""
    written = work.new | work.again | work.alters.keys()
    meant = {i for i in work.new if i.kind in _OVERLOADED}
    for identity, needs in work.dst.needs.items():
        if column_of(identity) in written:
            meant |= {n.needed for n in needs if n.needed.kind in _OVERLOADED}
    names = {(m.schema, m.name) for m in meant}
    return {i for i in work.gone if i.kind in _OVERLOADED and (i.schema, i.name) in names}


def _waits(work: Work, identity: Identity) -> bool:
    """Tell a NOT NULL that goes last, for keys and identities want it; unless another takes its place."""
    told = work.src.told(identity)
    if told.get("type") != "n":
        return False
    others = (i for i in work.new | work.again if i.kind == "constraint" and i.on == identity.on)
    return not any(work.dst.told(i).get("columns") == told["columns"] for i in others)


def _met(work: Work, needed: Identity, dependent: Identity, kind: str) -> list[Identity]:
    """Decide about one that needs what is dropped or retyped; return what is to be looked at next."""
    only_retyped = needed in work.retyped and needed not in work.early
    if dependent.kind == "default" or (dependent.kind == "domain" and needed.kind in _OVERLOADED):
        if not only_retyped:
            work.defaults.add(dependent)  # a domain needs a function for its default alone
        return []
    if only_retyped and not _forbids(work, dependent):
        return []
    if dependent in work.early or dependent.kind in ("schema", "extension"):
        work.blocking.add(dependent)
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
    work.blocking.add(dependent)
    if dependent not in work.gone:
        work.again.add(dependent)
        work.alters.pop(dependent, None)
    return [dependent]


def _whole(work: Work, identity: Identity, needed: Identity) -> Identity:
    """Return the constraint that an index is of, where a function that it needs goes; any other object as it is."""
    if needed.kind not in _OVERLOADED or not work.src.told(identity).get("of_constraint"):
        return identity
    found = (n.needed for n in work.src.needs.get(identity, ()) if n.kind == "i" and n.needed.kind == "constraint")
    return next(found, identity)


def _forbids(work: Work, dependent: Identity) -> bool:
    """Tell whether one that needs a column forbids to give that another type."""
    if dependent.kind == "column":
        return bool(work.src.told(dependent).get("generated"))
    return dependent.kind in _FORBIDS


def _convert(work: Work, type_: Identity, column: Identity) -> list[Identity]:
    """Let a column of a type that is made again go over to the new one by its text."""
    stays = any(Identity(kind, type_.schema, type_.name) in work.dst.facts for kind in _TYPES)
    if stays:
        work.aside.add(type_)
    if column in work.gone or column in work.converted:
        return []
    on = column.on
    if on and on.kind in ("view", "materialized view", "type"):
        return []
    if column not in work.retyped and stays:
        work.converted.add(column)
        work.retyped.add(column)
        return [column]
    return []
