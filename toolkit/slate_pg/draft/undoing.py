"""Writes what brings a database back to what its ledger says, the gravest difference first. Runs nothing.

The target is read with SELECT; the ledger is rebuilt on a disposable server, as `slate drift` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slate_pg.catalog.compare import SEVERITIES, Difference, compare
from slate_pg.catalog.identity import Identity, quote
from slate_pg.checks import drift
from slate_pg.checks.ledgers import Ledgers, read_ledgers
from slate_pg.checks.rebuild import read_back, standing
from slate_pg.config import Project
from slate_pg.draft.order import in_order
from slate_pg.draft.plan import plan
from slate_pg.draft.reaching import judged
from slate_pg.draft.side import Made, Side, read_side
from slate_pg.draft.words import Step
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.sandbox import OWNER, wants_superuser


@dataclass(frozen=True)
class Undoing:
    """What is said of one object that differs, and the statements that bring it back; `unsaid` why there are none."""

    differences: tuple[Difference, ...]
    steps: tuple[Step, ...]
    unsaid: tuple[str, ...]


def undo_drift(target: Connection, schema: str, project: Project | None) -> tuple[str, list[Undoing]]:
    """Return what brings one installation back, and the statement that sets the path for it. Reads only.

    SlateError where its ledger cannot be rebuilt.
    """
    present, notes = ledger.find_ledgers(target), list[str]()
    ledgers = read_ledgers(target, present, [schema], project, notes)
    for trusted in (False, True):
        try:
            return _undo(target, schema, project, ledgers, trusted=trusted)
        except SlateError as error:
            if trusted or not wants_superuser(error) or ledgers.strange:
                raise
    return "", []


def _undo(
    target: Connection, schema: str, project: Project | None, ledgers: Ledgers, *, trusted: bool
) -> tuple[str, list[Undoing]]:
    binaries = find_binaries(target.info.server_version // 10000)
    paths = ledgers.paths.get(schema, ()) or (schema,)
    path = tuple(dict.fromkeys([*paths, *([ledgers.shared] if ledgers.shared else []), "pg_temp"]))
    with (
        standing(binaries, target, project, ledgers, trusted=trusted) as built,
        built.box.connect(built.database, OWNER) as connection,
    ):
        back = read_back(connection, ledgers, built.declared)
        around = [s for s in back.schemas if s not in ledgers.schemas]
        expected = drift.Expectation(back.catalog, ledgers.schemas, back.declared, [], 0, around, back.places)
        schemas = [*expected.schemas, *expected.around, *expected.places]
        found = read_side(target, schemas, path, ledgers.owner)
        wanted, there = drift.comparable(expected, target, found.catalog)
        old = read_side(connection, schemas, path, ledgers.owner)
        names = ", ".join(map(quote, path))
        return f"SET search_path = {names};", undo(judged(found, lambda _: there), judged(old, lambda _: wanted))


def undo(there: Side, wanted: Side) -> list[Undoing]:
    """Return what leads from one state to another, object by object, each behind those it needs. Pure."""
    differences = compare(wanted.catalog, there.catalog)
    by_object: dict[Identity, list[Difference]] = {}
    for difference in differences:
        by_object.setdefault(difference.object, []).append(difference)
    rank = {o: min(SEVERITIES.index(d.severity) for d in ds) for o, ds in by_object.items()}

    def needs(identity: Identity) -> list[Identity]:
        parts = [i for i in wanted.needs if _belongs(i, identity, wanted)] or [identity]
        return [r for p in parts for n in wanted.needs.get(p, ()) for r in (n.needed, *n.needed.chain) if r != identity]

    found = []
    for identity in in_order(by_object, needs, lambda i: (rank[i], "", 0, str(i))):
        after = _with(there, wanted, identity)
        made = plan(there, after)
        unsaid = made.unsaid if made.steps else (made.unsaid or ["no statement known here brings it back"])
        found.append(Undoing(tuple(by_object[identity]), tuple(made.steps), tuple(unsaid)))
        there = after
    return found


def _belongs(identity: Identity, to: Identity, side: Side) -> bool:
    """Tell whether an object is another, or goes with it."""
    facts = side.facts.get(identity, {})
    return identity == to or to in identity.chain or (facts.get("table") or facts.get("owned_by")) == to.qualified


def _with(there: Side, wanted: Side, identity: Identity) -> Side:
    """Return a state in which one object, and what goes with it where it is new or gone, is as in another. Pure."""
    if identity in there.facts and identity in wanted.facts:
        return replace(
            there,
            facts={**there.facts, identity: wanted.facts[identity]},
            objects={**there.objects, **_only(wanted, [identity])},
            needs={**there.needs, identity: wanted.needs.get(identity, [])},
        )
    gone = {i for i in there.facts if _belongs(i, identity, there)}
    come = [i for i in wanted.facts if _belongs(i, identity, wanted)]
    facts = {i: f for i, f in there.facts.items() if i not in gone} | {i: wanted.facts[i] for i in come}
    kept = {i: m for i, m in there.objects.items() if i not in gone} | _only(wanted, come)
    needs = {i: n for i, n in there.needs.items() if i not in gone} | {i: wanted.needs.get(i, []) for i in come}
    return replace(there, facts=facts, objects=kept, needs=needs)


def _only(side: Side, identities: Sequence[Identity]) -> dict[Identity, Made]:
    return {i: side.objects[i] for i in identities if i in side.objects}
