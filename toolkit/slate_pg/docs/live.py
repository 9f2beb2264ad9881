"""Makes a site of a live database: its catalog, its ledgers, and how it does. Reads only, and runs nothing it read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from slate_pg.checks.drift import find_drift
from slate_pg.config import Product, Project
from slate_pg.docs import model
from slate_pg.docs.building import Built, build
from slate_pg.docs.history import Origin
from slate_pg.docs.products import make_site
from slate_pg.docs.reading import find_schemas, read_source
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.installations import find_owned, read_all
from slate_pg.migrations.order import in_order
from slate_pg.migrations.state import State
from slate_pg.operations.doctor import Statistics, examine, read_statistics
from slate_pg.operations.jobs import last_runs, read_usable
from slate_pg.postgres.connection import Connection, package_sql


def read_live(connection: Connection, project: Project | None, names: Sequence[str], where: str) -> model.Site:
    """Return the site of the installations in a database; of all its schemas where it has no ledger. Reads only.

    Which migration made what is taken from the files, built on a disposable server, where they can be built.
    """
    states = [s for s in read_all(connection, project, names) if s.applied] if project else []
    if project is None or not states:
        return _of_schemas(connection, project, where)
    products = [_installed(project, state) for state in states]
    shown = replace(project, products=tuple(products))
    owned = {p.name: [*find_owned(connection, [s]).schemas] for p, s in zip(products, states, strict=True)}
    everything = list(dict.fromkeys(s for schemas in owned.values() for s in schemas))
    built = Built(
        read_source(connection, everything), owned, _files(project, states, products), _origins(project, states)
    )
    applied = {p.name: _applied(connection, s, where) for p, s in zip(products, states, strict=True)}
    site = make_site(shown, products, built, applied, f"read from {where}")
    return replace(site, live=tuple(_sections(connection, project, states, everything)))


def _installed(project: Project, state: State) -> Product:
    """Return an installation as a product of its own: one under another name is called by its schema."""
    product = project.product(state.product)
    return product if state.schema == product.schema else replace(product.beside(state.schema), name=state.schema)


def _of_schemas(connection: Connection, project: Project | None, where: str) -> model.Site:
    """Return the site of a database that no ledger is in: a schema stands for a product."""
    schemas = find_schemas(connection)
    source = read_source(connection, schemas)
    held = [s for s in schemas if any(i.schema == s and i.kind not in ("grant", "schema") for i in source.facts)]
    root = project.root if project else None
    products = tuple(_schema(name) for name in held)
    shown = Project(root or Path(), products, Path())
    site = make_site(shown, products, Built(source, {s: [s] for s in held}, {}), None, f"read from {where}")
    title = site.title if len(products) == 1 else str(connection.info.dbname)
    sections = [_doctor(connection, held), *_figures(connection, held)]
    return replace(site, title=title, live=tuple(s for s in sections if s.facts))


def _schema(name: str) -> Product:
    nowhere = Path("/nonexistent")
    return Product(name, nowhere, nowhere, name)


def _files(project: Project, states: Sequence[State], products: Sequence[Product]) -> dict[str, list[Migration]]:
    found = {}
    for state, product in zip(states, products, strict=True):
        with suppress(SlateError):
            found[product.name] = of_new(in_order(read_migrations(project.product(state.product))))
    return found


def _origins(project: Project, states: Sequence[State]) -> dict[str, Origin]:
    names = list(dict.fromkeys(s.product for s in states if s.schema == project.product(s.product).schema))
    with suppress(SlateError):
        return build(project, [project.product(n) for n in names]).origin if names else {}
    return {}


def _applied(connection: Connection, state: State, where: str) -> dict[str, list[model.Applied]]:
    """Return when and by whom each migration was applied."""
    by: dict[str, str] = {}
    if state.version:
        by = {row[0]: str(row[2] or "") for row in ledger.read_entries(connection, state.schema, state.version)}
    place = f"{where}, schema {state.schema}"
    return {
        row.id: [model.Applied(place, row.applied_at.isoformat() if row.applied_at else "", by.get(row.id, ""))]
        for row in state.applied
    }


def _sections(
    connection: Connection, project: Project, states: Sequence[State], schemas: Sequence[str]
) -> Iterator[model.Section]:
    yield model.Section("Installations", "What the ledgers say.", tuple(_installation(s) for s in states))
    yield _drift(connection, project, [s.schema for s in states])
    yield _doctor(connection, schemas)
    jobs = tuple(fact for s in states for fact in _jobs(connection, project, s))
    if jobs:
        yield model.Section("Jobs", "The latest run of each.", jobs)
    yield from _figures(connection, schemas)


def _installation(state: State) -> model.Fact:
    pending = f", {len(state.pending)} pending" if state.pending else ""
    said = f"{len(state.applied)} migrations applied{pending}: {state.word}"
    return model.Fact(state.schema, said, "ok" if state.is_current else "warning")


def _drift(connection: Connection, project: Project, schemas: Sequence[str]) -> model.Section:
    """Return what differs from the ledgers, or why that could not be found out."""
    title = "Drift"
    try:
        found = find_drift(connection, list(schemas), project)
    except SlateError as error:
        return model.Section(
            title, "It could not be compared.", (model.Fact("not compared", error.message, "warning"),)
        )
    facts = [model.Fact("ledger", str(each), "error") for each in found.tampered]
    for each in found.differences:
        words = str(each).removeprefix(f"{each.object}: ")
        facts.append(model.Fact(str(each.object), words, "warning" if each.severity == "cosmetic" else "error"))
    if not facts:
        facts = [model.Fact("differences", f"none, {found.migrations} migrations rebuilt")]
    return model.Section(title, "The database against what its ledgers build.", tuple(facts))


def _doctor(connection: Connection, schemas: Sequence[str]) -> model.Section:
    findings, skipped = examine(connection, schemas)
    facts = [model.Fact(f.object, f"{f.found} [{f.check}]; {f.why}; fix: {f.fix}", "warning") for f in findings]
    facts += [model.Fact("not checked", note, "warning") for note in skipped]
    return model.Section("Health", "What `slate doctor` says.", tuple(facts or [model.Fact("checks", "all well")]))


def _jobs(connection: Connection, project: Project, state: State) -> Iterator[model.Fact]:
    jobs, problems = read_usable(project.product(state.product))
    runs = last_runs(connection, state.schema)
    for job in jobs:
        run = runs.get(job.name)
        what = f"{state.schema}: {job.name}"
        if run is None:
            yield model.Fact(what, f"never run; {job.schedule}", "warning")
        elif run.error:
            yield model.Fact(what, f"failed {run.started_at.isoformat()}: {run.error}", "error")
        elif run.finished_at is None:
            yield model.Fact(what, f"running since {run.started_at.isoformat()}")
        else:
            seconds = (run.finished_at - run.started_at).total_seconds()
            yield model.Fact(what, f"done {run.finished_at.isoformat()} in {seconds:.1f} s, {run.rows or 0} rows")
    for name, error in problems.items():
        yield model.Fact(f"{state.schema}: {name}", error.message, "error")


def _figures(connection: Connection, schemas: Sequence[str]) -> Iterator[model.Section]:
    """Yield partitions and the growth of tables, each where there is any."""
    facts = []
    rows = connection.execute(package_sql("docs/measure_partitions"), {"schemas": list(schemas)}).fetchall()
    for schema, parent, leaf, bound, size, count in rows:
        words = f"{bound}; {size / 1024:,.0f} kB, about {count:,} rows"
        facts.append(model.Fact(f"{schema}.{parent}: {leaf}", words, ""))
    if facts:
        yield model.Section("Partitions", "Size and rows of each, as the last ANALYZE counted.", tuple(facts))
    for each in read_statistics(connection, schemas):
        if each.rows or each.note:
            yield _statistics(each)


def _statistics(found: Statistics) -> model.Section:
    by_first: dict[str, list[str]] = defaultdict(list)
    for row in found.rows:
        pairs = zip(found.columns[1:], row[1:], strict=True)
        said = "; ".join(f"{name} {value}" for name, value in pairs if value is not None)
        by_first[str(row[0])].append(said)
    facts = tuple(model.Fact(what[:200], said, "") for what, many in by_first.items() for said in many)
    title = found.name.replace("_", " ").capitalize()
    return model.Section(title, " ".join(filter(None, [found.what, found.note])), facts)
