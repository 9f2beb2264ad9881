"""Proves a project's migrations on a disposable server: that they replay, that each can be undone, and what they build.

Returns findings; prints nothing and writes to throw-away databases only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg

from slate_pg.catalog import health, reader, rules
from slate_pg.catalog.identity import Identity, quote
from slate_pg.checks import lint, manners, replay, snapshot
from slate_pg.checks.findings import Finding
from slate_pg.checks.repeats import run_repeats
from slate_pg.checks.replaced import check_baseline
from slate_pg.checks.roundtrip import Progress, Report, RoundTrip, found_end, relative, run_round_trip
from slate_pg.config import Product, Project
from slate_pg.errors import FileError, GraphError, SlateError
from slate_pg.migrations import elsewhere, runner
from slate_pg.migrations.baselines import of_new
from slate_pg.migrations.files import Migration, check_ids
from slate_pg.migrations.folders import find_format, read_migrations, remarks, taken_for
from slate_pg.migrations.order import in_order
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import package_sql
from slate_pg.postgres.sandbox import Sandbox, bounded, owned
from slate_pg.postgres.server import Server

VIEWS_ARE_PRINTED_SHORT = 16
LONGEST_SECONDS = 600.0  # of one file on empty tables
_VIEW = re.compile(r"^CREATE (?:MATERIALIZED )?VIEW ", re.M)


def check(
    project: Project,
    products: Sequence[Product],
    chosen: Sequence[str] = rules.ALL,
    progress: Progress | None = None,
    *,
    trust: bool = False,
    seconds: float = LONGEST_SECONDS,
) -> Report:
    """Check the products against the chosen rules and return what was found. Writes to throw-away places only.

    The files may be a stranger's: they are run by a role that reaches neither programs nor files of the machine, unless
    `trust` is given, which makes it a superuser. One that takes longer than so many `seconds` is ended, and found.
    """
    progress = progress or Progress()
    report = Report()
    ordered = read_all(project, products, report)
    if not ordered:
        return report
    progress.planned(sum(len(ordered[p.name]) for p in products if p.name in ordered))
    with ThreadPoolExecutor(1) as beside:
        linting = beside.submit(lint.lint, project, products) if "lint" in chosen else None
        with owned(find_binaries(), trusted=trust) as box:
            box.allow_parameters(replay.parameters_of(project))
            _check_all(box, project, products, ordered, chosen, report, progress, seconds)
        if linting:
            _add_lint(report, linting)
    for product in products:
        report.findings += _manners(project, product, ordered.get(product.name, []), chosen)
    if "graph" not in chosen:
        report.findings = [f for f in report.findings if f.rule != "graph"]
    return report


def _manners(
    project: Project, product: Product, migrations: Sequence[Migration], chosen: Sequence[str]
) -> Iterator[Finding]:
    """Hold the files of a product to the rules for texts; another tool's have that tool's manners. Pure."""
    if find_format(product) is not None:
        return
    shared = product.name == project.shared  # which is where it is called so, and nowhere else
    for name in [n for n in chosen if not (shared and n == "schema_unnamed")]:
        for fault in manners.MANNERS[name](product, migrations) if name in manners.MANNERS else ():
            place = relative(fault.script.path, project)
            yield Finding(place, fault.line, name, "", fault.found, manners.SEVERITY[name])


def _add_lint(report: Report, linting: Future[lint.Linted]) -> None:
    """Add what the linters said; a linter that fails is a finding, and hides no other."""
    try:
        linted = linting.result()
    except SlateError as error:
        report.findings.append(Finding("", 1, "lint", "", error.message))
        return
    report.findings += linted.findings
    report.notes += linted.notes


def read_all(project: Project, products: Sequence[Product], report: Report) -> dict[str, list[Migration]]:
    """Return each product's migrations in order; what is wrong with the graph becomes a finding. Reads only."""
    ordered: dict[str, list[Migration]] = {}
    for product in dict.fromkeys([*project.select([p.name for p in products])]):
        try:
            ordered[product.name] = of_new(in_order(read_migrations(product)))
            report.notes += [*taken_for(product), *remarks(product), *forward_only(ordered[product.name])]
            loose = loose_ends(ordered[product.name], project.heads) if find_format(product) is None else ()
            report.findings += [
                Finding(relative(m.apply.path, project), 1, "graph", "", message) for m, message in loose
            ]
        except (GraphError, FileError) as error:
            place = Path(error.where.path) if error.where else product.migrations
            line = error.where.line if error.where else 1
            report.findings.append(Finding(relative(place, project), line, "graph", "", error.message))
    try:
        check_ids(m for migrations in ordered.values() for m in migrations)
    except GraphError as error:
        report.findings.append(Finding(relative(project.root, project), 1, "graph", "", error.message))
    return ordered


def forward_only(migrations: Sequence[Migration], what: str = "migrations") -> list[str]:
    """Return, as one note, which migrations cannot be undone because they need no rollback and have none. Pure."""
    names = [m.id for m in migrations if m.rollback is None and m.rollback_optional]
    if not names:
        return []
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return [f"{len(names)} of {len(migrations)} {what} cannot be undone, having no rollback: {shown}"]


def loose_ends(migrations: Sequence[Migration], declared: Iterable[str] = ()) -> Iterator[tuple[Migration, str]]:
    """Yield the heads that should not be: where files say what they depend on, only the last is nobody's dependency."""
    needed = {name for m in migrations for name in m.depends}
    if not needed:
        return
    heads = [m for m in migrations if m.id not in needed and m.id not in set(declared)]
    for migration in heads[:-1]:
        yield migration, f'nothing depends on "{migration.id}", and "{heads[-1].id}" is another head'


def _check_all(
    box: Sandbox,
    project: Project,
    products: Sequence[Product],
    ordered: dict[str, list[Migration]],
    chosen: Sequence[str],
    report: Report,
    progress: Progress,
    seconds: float,
) -> None:
    checked = [p for p in products if p.name in ordered]
    template = _template(box.server, project, ordered, report, project.shared not in [p.name for p in checked])

    def check_one(product: Product, turn: int = 1) -> tuple[Report, bool]:
        own = Report()
        base = None if product.name == project.shared else template
        trip = RoundTrip(
            box.server, project, product, ordered[product.name], base, own, len(checked) == 1,
            limit=lambda connection: bounded(box, connection, seconds), databases=100 * (turn - 1),
        )  # fmt: skip
        try:
            trip.open()
            if run_round_trip(trip, progress, "rollback" in chosen) and run_repeats(trip, "rollback" in chosen):
                _check_result(trip, chosen, box)
                check_baseline(box, trip)
        except psycopg.Error as error:
            found_end(trip, error)
            return own, True
        finally:
            trip.close()
        return own, False

    with ThreadPoolExecutor(max(1, min(len(checked), os.cpu_count() or 1, 8))) as pool:
        longest_first = sorted(checked, key=lambda p: -len(ordered[p.name]))
        firsts = list(pool.map(check_one, longest_first))
    for product, (own, ended) in zip(longest_first, firsts, strict=True):
        # Another product's file may have ended it: alone, it shows whose fault it was.
        found = check_one(product, 2)[0] if ended and len(checked) > 1 else own
        report.findings += found.findings
        report.notes += found.notes
        report.migrations += found.migrations


def _template(
    server: Server, project: Project, ordered: dict[str, list[Migration]], report: Report, finds: bool
) -> str | None:
    """Make the database that all others are copies of: roles, settings and the shared product. Writes.

    `finds` says whether what fails in the shared product is a finding here, for it is not checked by itself.
    """
    shared = next((p for p in project.products if p.name == project.shared and p.name in ordered), None)
    with replay.new_database(server, "check_template", project) as connection:
        if shared is None:
            return "check_template"
        run = runner.Run(connection, shared, project.shared)
        replay.prepare(run)
        try:
            for migration in ordered[shared.name]:
                replay.up(run, migration)
        except (SlateError, psycopg.Error) as error:
            said = str(error).strip().splitlines()[0]
            report.notes.append(f"{shared.name} does not replay, so what builds on it cannot: {said}")
            if finds:
                where = getattr(error, "where", None)
                path = Path(where.path) if where else shared.migrations
                reason = where.reason if where else said
                report.findings.append(
                    Finding(relative(path, project), where.line if where else 1, "replay", "", reason)
                )
    return "check_template"


def _check_result(trip: RoundTrip, chosen: Sequence[str], box: Sandbox) -> None:
    """Hold what was built against the catalog rules and the snapshot. Writes nothing."""
    made = elsewhere.read(trip.connection, trip.product.schema)
    built = reader.read(trip.connection, [trip.product.schema, *made.schemas], database=False)
    for name in chosen:
        for breach in rules.RULES[name](built) if name in rules.RULES else ():
            migration, line = _made_by(trip, breach.object)
            path = migration.apply.path if migration else trip.product.migrations
            trip.find(name, path, breach.found, str(breach.object), line, rules.SEVERITY[name])
    _ask_what_doctor_asks(trip, [name for name in chosen if name in rules.ASKED])
    if "plpgsql" in chosen:
        _check_functions(trip, box)
    if "snapshot" in chosen and not (trip.product.sql / "schema").is_dir():
        path = trip.product.sql / "schema"
        trip.find("snapshot", path, "is not there: run `slate snapshot`", severity="cosmetic")
    elif "snapshot" in chosen:
        for path in stale_files(trip):
            trip.find("snapshot", path, "is not what the migrations build: run `slate snapshot`", severity="cosmetic")


def _ask_what_doctor_asks(trip: RoundTrip, names: Sequence[str]) -> None:
    """Ask of what was built what doctor asks of a live database. Reads only."""
    schema = trip.product.schema
    for name in names:
        for said, found, _ in health.ask(trip.connection, name, [schema]):
            made = (i for i in trip.origin if i.schema == schema and said in (quote(i.name), i.qualified))
            identity = next(made, None)
            migration, line = _made_by(trip, identity) if identity else (None, 1)
            path = migration.apply.path if migration else trip.product.migrations
            trip.find(name, path, found, str(identity or said), line, rules.ASKED[name])


def _made_by(trip: RoundTrip, identity: Identity) -> tuple[Migration | None, int]:
    """Return the migration that made an object, and the line that first names it; line 1 where none does."""
    migration = trip.origin.get(identity)
    if migration is None:
        return None, 1
    name = identity.name.replace('"', '""')
    return migration, migration.apply.line_naming(name)


def stale_files(trip: RoundTrip) -> list[Path]:
    """Return the snapshot files of a product that are missing or differ from what its database holds. Reads only.

    Files of views are passed over before PostgreSQL 16, which prints columns of a single table without its name.
    """
    folder = trip.product.sql / "schema"
    parts = snapshot.draw(trip.server, trip.product.schema, trip.database)
    texts = {folder / name: text for name, text in parts.items()}
    stale = snapshot.compare(texts)
    if trip.server.binaries.major >= VIEWS_ARE_PRINTED_SHORT:
        return stale
    return [path for path in stale if not _VIEW.search(texts.get(path, ""))]


def _check_functions(trip: RoundTrip, box: Sandbox) -> None:
    """Have plpgsql_check read every function, where the server offers that extension. Writes to the throw-away."""
    offered = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'plpgsql_check'"
    if not trip.connection.execute(offered).fetchone():
        if trip.alone or trip.product.name == trip.project.shared:
            trip.report.notes.append("plpgsql_check is not on this server, so functions were not read by it")
        return
    with box.keep(trip.database) as keeper:
        keeper.execute("CREATE EXTENSION IF NOT EXISTS plpgsql_check SCHEMA pg_catalog")
    schema = trip.product.schema
    rows = trip.connection.execute(package_sql("checks/check_functions"), {"schema": schema})
    for kind, name, arguments, line, level, message in rows:
        function = Identity(kind, schema, name, arguments=arguments)
        migration, start = _made_by(trip, function)
        path = migration.apply.path if migration else trip.product.migrations
        severity = "integrity" if level == "error" else "cosmetic"
        trip.find("plpgsql", path, f"line {line} of its body: {message}", function.qualified, start, severity)
