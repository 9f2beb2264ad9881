"""What a plan says of statements and files, against what a second connection measured on a filled database.

`truth/measure.py` measured it on PostgreSQL 15 and 18; here the plan is made, from an empty copy, and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slate_pg.config import Product, Project
from slate_pg.migrations.files import Migration, Script
from slate_pg.postgres.connection import connect
from slate_pg.rehearsal.asking import Target, asked
from slate_pg.rehearsal.copy import labels, measure, stage
from slate_pg.rehearsal.estimate import Pace
from slate_pg.rehearsal.files import judge_files
from slate_pg.rehearsal.findings import BLOCKS_READS, BLOCKS_WRITES, TABLE, FileVerdict
from slate_pg.rehearsal.rehearse import rehearse
from slate_pg.rehearsal.verdict import SAFE
from tests.rehearsal.truth.measure import HERE, REFERENCES, Case, make_base, read_cases

CASES = read_cases()
# What an empty copy cannot know, and why.
UNKNOWABLE = {
    "vacuum a table": "it cuts off empty pages at the end, if there are any, and gives way to others while it does",
    "vacuum several": "as of one table",
    "rows moved out of the default": "the rows that are gone from one table are in another",
    "emptied and filled again": "as many rows as before, and not the same",
}
VIEWS = {  # who reads a view waits for its table: the plan names the table
    f"{view} reads and writes" for view in ("big_notes", "hub_names", "hub_short", "ruled_open")
}
LEAVES = ("events_2024", "events_2025", "events_rest")
# Rows of a partitioned table are named by the table, not by the partition they lie in.
ROOTS = {
    **dict.fromkeys(("tree_eu", "tree_eu_24", "tree_eu_rest", "tree_us", "tree_other"), "tree"),
    **dict.fromkeys(("hashed_0", "hashed_1"), "hashed"),
}


def read_truth(version: int) -> dict[str, dict[str, set[str]]]:
    """Return what was measured: for each statement the parts of its line."""
    found = {}
    for line in (HERE / f"measured_{version}.txt").read_text("utf-8").splitlines()[1:]:
        name, *parts = line.split(" | ")
        found[name] = {what: set(values.split(", ")) for what, _, values in (p.partition(": ") for p in parts)}
    return found


@pytest.fixture(scope="module")
def truth(slate_server: Any) -> dict[str, dict[str, set[str]]]:
    with connect(slate_server.url()) as connection:
        version = connection.info.server_version // 10000
    if version not in (15, 18):
        pytest.skip(f"the truth was measured on 15 and 18, not on {version}")
    return read_truth(version)


@pytest.fixture(scope="module")
def planned(slate_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FileVerdict]]:
    """Plan every case on one copy of one filled database; what can be undone is undone."""
    folder = tmp_path_factory.mktemp("truth") / "shop"
    folder.mkdir()
    product = Product("shop", folder, folder, "shop")
    project = Project(folder.parent, (product,), None)
    with connect(slate_server.url()) as admin:
        admin.execute("CREATE DATABASE truth_target")
        make_base(slate_server.url("truth_target"))
        with connect(slate_server.url("truth_target")) as target:
            yield dict(verdicts(target, project, product))
        admin.execute("DROP DATABASE truth_target WITH (FORCE)")


def verdicts(target: Any, project: Project, product: Product) -> Iterator[tuple[str, FileVerdict]]:
    sizes = measure(target)
    names = labels(sizes, ["shop"])
    called = {label: sizes[key] for label, key in names.items()}
    asker = Target(target, ["shop"], names)
    with stage(target, project, ["shop"]) as copy:
        assert not copy.missing
        for case in CASES:
            script = Script(Path(case.name), case.text, not case.alone)
            observed = rehearse(copy, product, None, [Migration(case.name, (), script, None)], undo=not case.alone)
            yield case.name, judge_files(asked(asker, observed, called), Pace(called))[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_says_what_was_measured(planned: Any, truth: Any, case: Case) -> None:
    verdict = planned[case.name]
    measured = [parts for name, parts in truth.items() if name.rpartition(":")[0] == case.name]
    wrong = []
    for number, ((observed, judged), seen) in enumerate(zip(verdict.statements, measured, strict=True), 1):
        assert not observed.error, observed.error
        wrong += [f"statement {number}: {said}" for said in differences(observed, judged, seen, case.alone)]
    lost = all_lost(verdict), set().union(*(m.get("lost", set()) for m in measured))
    said, seen = (sorted({rooted(name) for name in names}) for names in lost)
    if said != seen and case.name not in UNKNOWABLE:
        wrong.append(f"lost: the plan says {said}, measured {seen}")
    wrong += waiting_at_the_end(verdict, measured[-1]) if not case.alone else []
    assert not wrong, "\n".join([*wrong, str(verdict.statements[-1])])


# The recipe that fits what stands in the way, by the case's name.
RECIPES = {
    "add two columns in one statement, one volatile": "add-column",
    "add a volatile column to a partitioned table": "add-column",
    "integer to bigint": "change-type",
    "json to jsonb": "change-type",
    "timestamp to timestamptz in UTC": "change-type",
    "set not null": "not-null",
    "add a check": "check",
    "add a check to a partitioned table": "check",
    "add a foreign key": "foreign-key",
    "add a unique constraint": "unique",
    "create an index": "index",
    "create an index on a partitioned table": "index",
    "create an index on a hostile name": "index",
    "create a partition beside a default": "new-partition",
    "update every row": "fill-rows",
    "update a hostile name": "fill-rows",
    "delete every row": "delete-rows",
    "add a column and fill it": "fill-rows",
    "two indexes": "index",
    "a scan of another table under a lock": "not-null",
    "a rewrite, then more": "change-type",
    "a function and its use": "",
    "create an index on an expression": "",
}


@pytest.mark.parametrize("case", RECIPES)
def test_what_blocks_names_the_recipe_that_fits_in_its_statement_and_its_file(planned: Any, case: str) -> None:
    verdict, recipe = planned[case], RECIPES[case]
    whole = [f for f in verdict.findings if f.kind in (BLOCKS_READS, BLOCKS_WRITES)]
    assert {f.command.partition("--recipe ")[2].partition(" ")[0] for f in whole} == {recipe}
    said = [judged for _, judged in verdict.statements if judged.command]
    assert bool(said) == bool(recipe)
    assert all(judged.recipe for judged in said)


def differences(observed: Any, judged: Any, seen: dict[str, set[str]], alone: bool) -> Iterator[str]:
    """Yield where a plan's statement differs from the measured one."""
    if judged.word == SAFE and seen.get("waits"):
        yield f"safe, but others wait: {seen['waits']}"
    locks = {f"{k.relation} {k.mode.removesuffix('Lock')}" for k in observed.held if not k.table}
    if locks != seen.get("locks", set()) and observed.file not in UNKNOWABLE and not (alone and locks):
        yield f"locks: the plan says {sorted(locks)}, measured {sorted(seen.get('locks', set()))}"
    rewrites = {w.relation for w in observed.work if w.kind == "rewrite" and w.relation not in ("hollow", "fresh")}
    if rewrites != seen.get("rewrites", set()) - {"hollow"}:
        yield f"rewrites: the plan says {sorted(rewrites)}, measured {sorted(seen.get('rewrites', set()))}"
    waits = {
        f"{f.relation} {'reads and writes' if f.mode == 'AccessExclusiveLock' else 'writes'}"
        for f in judged.findings
        if f.scope == TABLE and f.mode
    }
    measured = seen.get("waits", set())
    if not alone and waits - VIEWS != measured - VIEWS:
        yield f"waits: the plan says {sorted(waits)}, measured {sorted(measured)}"
    yield from scanned(observed, judged, seen)


def scanned(observed: Any, judged: Any, seen: dict[str, set[str]]) -> Iterator[str]:
    """Yield scans and changes that a plan does not know of, and blocking work that it takes for an instant."""
    known = {name for w in observed.work for name in (w.relation, w.other, *(r[0] for r in w.burden.referring))}
    asks = any(w.query or w.kind == "query" for w in observed.work)
    # A table that is emptied is read anew for its indexes, when it holds nothing.
    emptied = {loss.relation for loss in observed.losses if loss.what.startswith("all rows")}
    known |= emptied
    for what in ("scans", "changes"):
        missed = {rooted(n) for n in seen.get(what, set())} - {rooted(n) for n in known} - {"hollow"}
        missed -= set(LEAVES) if "events" in known else set()
        if missed and (not asks or what == "changes"):
            yield f"{what}: the plan does not know of {sorted(missed)}"
    large = (seen.get("scans", set()) | seen.get("rewrites", set())) - {"hollow", "little", "trail", "totals", *emptied}
    if large and seen.get("waits") and not any(f.kind in (BLOCKS_READS, BLOCKS_WRITES) for f in judged.findings):
        yield f"{sorted(large)} is worked through while others wait, and the plan calls it {judged.word}"


def rooted(said: str) -> str:
    """Return what is said of a partition as said of its partitioned table."""
    kind, _, name = said.rpartition(" ")
    table, dot, column = name.partition(".")
    return f"{kind} {ROOTS.get(table, table)}{dot}{column}".strip()


def all_lost(verdict: FileVerdict) -> set[str]:
    """Return what a file loses by its plan, in the words of the measurement."""
    found = set()
    for loss in (loss for observed, _ in verdict.statements for loss in observed.losses):
        kind = "rows" if loss.kind == "table" and loss.what.startswith("all rows") else loss.kind
        column = loss.column or (REFERENCES[loss.relation] if kind == "values" else "")
        tables = LEAVES if loss.relation == "events" and kind != "rows" else (loss.relation,)
        found |= {f"{kind} {table}{f'.{column}' if column else ''}" for table in tables}
    return found


def waiting_at_the_end(verdict: FileVerdict, last: dict[str, set[str]]) -> Iterator[str]:
    """Yield where the plan of a whole file differs from who waits when its last statement is done."""
    whole = {
        f"{f.relation} {'reads and writes' if f.mode == 'AccessExclusiveLock' else 'writes'}"
        for f in verdict.findings
        if f.scope == TABLE and f.mode
    }
    if not last.get("waits", set()) - VIEWS <= whole:
        yield f"the whole file: the plan says {sorted(whole)}, measured {sorted(last['waits'])}"
