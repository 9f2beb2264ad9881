"""Puts what was decided into statements, each behind what it needs. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from slate_pg.catalog.identity import Identity
from slate_pg.draft.altering import owned_by
from slate_pg.draft.columns import retype
from slate_pg.draft.deciding import Work, decide
from slate_pg.draft.making import create, drop
from slate_pg.draft.order import in_order, reader_key
from slate_pg.draft.sayings import said
from slate_pg.draft.side import Side, column_of, default_of
from slate_pg.draft.tables import column_head, is_inline
from slate_pg.draft.words import Step, aside


@dataclass
class Plan:
    """What leads from one state to another: statements in their order, and what no statement was found for."""

    steps: list[Step] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


def plan(src: Side, dst: Side) -> Plan:
    """Return what leads from one state to another. Pure."""
    work = decide(src, dst)
    dropped: set[Identity] = set()
    early = [*_defaults(work), *_drops(work, work.early, dropped)]
    late = _drops(work, work.gone - work.early, dropped)
    main = _main(work)
    owned = [
        Step(owned_by(dst, i), i) for i in sorted(work.new | work.again | work.alters.keys())
        if i.kind == "sequence" and _changes_hands(work, i)
    ]  # fmt: skip
    put_aside = [s for i in sorted(work.aside) for s in (_renamed(work, i),)]
    left = [_drop_aside(work, i) for i in sorted(work.aside)]
    return Plan(_once([*work.first, *early, *put_aside, *main, *owned, *late, *left]), work.unsaid)


def _changes_hands(work: Work, sequence: Identity) -> bool:
    """Tell whether a sequence is to be given to a column, or to none: said when that is there."""
    new, old = work.dst.told(sequence), work.src.told(sequence)
    if new["internal"] or (sequence in work.alters and old["internal"]):
        return False
    if sequence not in work.alters:
        return bool(new.get("owned_by"))
    return (new["owned_by"], new["owned_column"]) != (old["owned_by"], old["owned_column"])


def _once(steps: Iterable[Step]) -> list[Step]:
    """Return the steps without those that say the same again. Pure."""
    return list({step.text: step for step in steps}.values())


def _drop_aside(work: Work, identity: Identity) -> Step:
    """Return what drops a type that was put aside: only where what goes with a loss is gone, if that uses it."""
    users = [n.needed for n in work.src.needed_by.get(identity, ()) if n.needed in work.gone]
    loss = "nothing more, once what uses it is gone" if any(u.kind == "column" for u in users) else ""
    called, name = aside(work.src.called(identity))
    about = Identity(identity.kind, identity.schema, name)
    return Step(f"DROP {identity.kind.upper()} {called}", about, loss)


def _renamed(work: Work, identity: Identity) -> Step:
    name = aside(work.src.called(identity))[1]
    return Step(f"ALTER {identity.kind.upper()} {work.src.called(identity)} RENAME TO {name}", identity)


def _defaults(work: Work) -> list[Step]:
    """Return the statements that take away the defaults which stand in the way; they are set again behind it."""
    kept = sorted(d for d in work.defaults if column_of(d) not in work.again | work.early)
    return [Step(f"{_head(work.src, d)} DROP DEFAULT", column_of(d)) for d in kept]


def _head(side: Side, default: Identity) -> str:
    if default.kind == "domain":
        return f"ALTER DOMAIN {side.called(default)}"
    return column_head(side, column_of(default))


def _drops(work: Work, gone: Iterable[Identity], dropped: set[Identity]) -> list[Step]:
    """Return the statements that drop what goes, what needs others first; what goes with another has none.

    `dropped` is what had a statement already, and is added to.
    """
    src, going = work.src, {*gone}
    key = reader_key(lambda i: str(src.facts.get(i, {}).get("table") or ""))
    steps: list[Step] = []
    columns: dict[Identity | None, list[Identity]] = defaultdict(list)
    for identity in going:
        if identity.kind == "column":
            columns[identity.on].append(identity)

    def needs(identity: Identity) -> list[Identity]:
        parts = [identity, *columns[identity], *map(default_of, columns[identity])]
        found = [n.needed for part in parts for n in src.needs.get(part, ())]
        return [*found, *(place for each in (identity, *found) for place in each.chain)]

    order = in_order(going, needs, key)
    for identity in reversed(order):
        if identity in work.aside or identity in dropped or _goes_along(work, identity, going):
            continue
        for each in [*_left_hanging(work, [identity, *columns[identity]], dropped), identity]:
            found = drop(src, each)
            if found is None:
                work.unsaid.append(f"{each}: is not expected, and cannot be dropped by a statement known here")
            steps += found or []
            dropped.add(each)
    return steps


def _left_hanging(work: Work, parts: Sequence[Identity], dropped: set[Identity]) -> list[Identity]:
    """Return what needs one that is dropped, and would go along with another that is dropped behind it."""
    needs = [n for part in parts for n in work.src.needed_by.get(part, ()) if n.kind == "n"]
    found = {n.needed for n in needs if n.needed in work.gone and n.needed not in dropped}
    return sorted(
        i for i in found
        if i.kind not in ("table", "column") and not any(p in dropped or p in parts for p in _places(work, i))
    )  # fmt: skip


def _places(work: Work, identity: Identity) -> list[Identity]:
    """Return what an object goes with: what it hangs on, or is a part of."""
    found = [n.needed for n in work.src.needs.get(identity, ())
             if n.kind in ("a", "i", "P", "S") and n.needed not in work.aside]  # fmt: skip
    return [*identity.chain, *(place for each in found for place in (each, *each.chain))]


def _goes_along(work: Work, identity: Identity, going: set[Identity]) -> bool:
    """Tell whether an object goes with another that is dropped."""
    # What is made again must be gone before that, what is not may wait for what it is a part of.
    with_these = going if identity in work.again | work.blocking else work.gone | work.early
    # A server is not dropped with the user mappings that it has.
    return identity.kind != "user mapping" and any(place in with_these for place in _places(work, identity))


def _node(work: Work, identity: Identity) -> Identity:
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


def _main(work: Work) -> list[Step]:
    """Return what makes and alters, each behind what it needs, with what is said of it."""
    dst = work.dst
    made = {_node(work, i) for i in (work.new | work.again)}
    defaults = {d for d in work.defaults if _node(work, d) not in made}
    nodes = (
        made
        | work.alters.keys()
        | work.converted
        | {column_of(d) for d in defaults}
        | said(work.src, dst, None, made).keys()
    )

    def needs(identity: Identity) -> list[Identity]:
        parts = [i for i in dst.needs if i == identity or (identity in made and _node(work, i) == identity)]
        parts += [default_of(identity)] if identity.kind == "column" else []
        found = [n.needed for p in parts for n in dst.needs.get(p, ()) if not _belongs(p, n.kind, dst)]
        if dst.told(identity).get("type") == "n":  # an identity wants its column NOT NULL
            found = [n for n in found if n not in work.alters]
        if identity in work.alters and dst.told(identity).get("identity"):
            found += [i for i in work.new if dst.told(i).get("type") == "n" and i.on == identity.on]
        if identity.kind in ("role", "default privileges"):  # what is said of these may name a schema
            found += [i for i in work.new if i.kind == "schema"]
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


def _of_node(work: Work, identity: Identity, made: set[Identity], defaults: set[Identity]) -> list[Step]:
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
    taken = defaults & {identity, default_of(identity)}
    if taken and default is not None and not work.dst.told(identity).get("generated"):
        steps.append(Step(f"{_head(work.dst, identity)} SET DEFAULT {default}", identity))
    return steps
