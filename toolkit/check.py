"""Proves a project's migrations on a disposable server: that they replay, that each can be undone, and what they build.

Returns findings; prints nothing and writes to throw-away databases only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolkit import catalog, lint, replay, rules, runner, snapshot
from toolkit.config import Product, Project
from toolkit.connection import Connection, abandon, is_alive
from toolkit.errors import FileError, GraphError, SlateError
from toolkit.facts import Catalog, Difference, compare
from toolkit.files import Migration, check_ids, read_folder
from toolkit.findings import Finding
from toolkit.plan import in_order
from toolkit.server import Server

_CLUSTER = ("role ", "membership ", "comment on role ", "setting ", "unmodelled tablespace ", "grant on parameter ")


@dataclass
class Report:
    """What was found, what could not be looked at, and how many migrations were proven."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    migrations: int = 0


@dataclass
class Progress:
    """What a check tells while it works: the number of steps, then each step by name."""

    planned: Callable[[int], None] = lambda steps: None
    done: Callable[[str], None] = lambda name: None


@dataclass
class Proof:
    """One product's walk: its database, what it has so far, and which file made what."""

    server: Server
    project: Project
    product: Product
    migrations: Sequence[Migration]
    template: str | None
    report: Report
    alone: bool
    origin: dict[str, Migration] = field(default_factory=dict)
    databases: int = 0
    run: runner.Run | None = None
    last: Catalog | None = None

    @property
    def database(self) -> str:
        """The name of the database in use; a new one is made where a rollback left the old one unusable."""
        return f"check_{self.product.name}_{self.databases}"

    @property
    def connection(self) -> Connection:
        """The connection to it."""
        assert self.run is not None
        return self.run.connection

    def open(self, upto: int = 0) -> None:
        """Make a new database with the first migrations applied, without looking back at them. Writes."""
        if self.run is not None:
            self.connection.close()
        self.databases += 1
        connection = replay.new_database(self.server, self.database, self.project, self.template)
        self.run = runner.Run(connection, self.product, self.project.shared)
        replay.prepare(self.run)
        for migration in self.migrations[:upto]:
            replay.up(self.run, migration)

    def read(self) -> Catalog:
        """Return the whole catalog as it is now, every partition by its own name. Reads only."""
        found = catalog.read(self.connection).everything
        if not self.alone:  # roles belong to all databases, and another product may be under way in one of them
            found = {identity: f for identity, f in found.items() if not identity.startswith(_CLUSTER)}
        return Catalog(found, major=self.connection.info.server_version // 10000)

    def find(self, rule: str, path: Path, message: str, identity: str = "", line: int = 1, severity: str = "integrity") -> None:
        """Add a finding."""
        self.report.findings.append(Finding(relative(path, self.project), line, rule, identity, message, severity))


def relative(path: Path, project: Project) -> str:
    """Return a path as the project's root sees it, with slashes."""
    try:
        return path.resolve().relative_to(project.root).as_posix()
    except ValueError:
        return path.as_posix()


def check(
    project: Project,
    products: Sequence[Product],
    chosen: Sequence[str] = rules.ALL,
    progress: Progress | None = None,
) -> Report:
    """Check the products against the chosen rules and return what was found. Writes nothing outside throw-away places."""
    progress = progress or Progress()
    report = Report()
    ordered = read_all(project, products, report)
    if not ordered:
        return report
    progress.planned(sum(len(ordered[p.name]) for p in products if p.name in ordered))
    with ThreadPoolExecutor(1) as beside:
        linting = beside.submit(lint.lint, project, products) if "lint" in chosen else None
        with replay.disposable_of() as server:
            _prove_all(server, project, products, ordered, chosen, report, progress)
        if linting:
            linted = linting.result()
            report.findings += linted.findings
            report.notes += linted.notes
    if "graph" not in chosen:
        report.findings = [f for f in report.findings if f.rule != "graph"]
    return report


def read_all(project: Project, products: Sequence[Product], report: Report) -> dict[str, list[Migration]]:
    """Return each product's migrations in order; what is wrong with the graph becomes a finding. Reads only."""
    ordered: dict[str, list[Migration]] = {}
    for product in dict.fromkeys([*project.select([p.name for p in products])]):
        try:
            ordered[product.name] = in_order(read_folder(product.migrations))
            report.findings += [
                Finding(relative(m.apply.path, project), 1, "graph", "", message)
                for m, message in loose_ends(ordered[product.name], project.heads)
            ]
        except (GraphError, FileError) as error:
            report.findings.append(Finding(relative(product.migrations, project), 1, "graph", "", error.message))
    try:
        check_ids(m for migrations in ordered.values() for m in migrations)
    except GraphError as error:
        report.findings.append(Finding(relative(project.root, project), 1, "graph", "", error.message))
    return ordered


def loose_ends(migrations: Sequence[Migration], declared: Iterable[str] = ()) -> Iterator[tuple[Migration, str]]:
    """Yield the heads that should not be: where files say what they depend on, only the last is nobody's dependency."""
    needed = {name for m in migrations for name in m.depends}
    if not needed:
        return
    heads = [m for m in migrations if m.id not in needed and m.id not in set(declared)]
    for migration in heads[:-1]:
        yield migration, f'nothing depends on "{migration.id}", and "{heads[-1].id}" is another head'


def _prove_all(
    server: Server,
    project: Project,
    products: Sequence[Product],
    ordered: dict[str, list[Migration]],
    chosen: Sequence[str],
    report: Report,
    progress: Progress,
) -> None:
    walked = [p for p in products if p.name in ordered]
    template = _template(server, project, ordered, report)

    def prove(product: Product) -> None:
        base = None if product.name == project.shared else template
        proof = Proof(server, project, product, ordered[product.name], base, report, alone=len(walked) == 1)
        proof.open()
        try:
            _walk(proof, progress, "rollback" in chosen)
            _judge(proof, chosen)
        finally:
            if proof.run:
                proof.connection.close()

    with ThreadPoolExecutor(max(1, min(len(walked), os.cpu_count() or 1, 8))) as pool:
        longest_first = sorted(walked, key=lambda p: -len(ordered[p.name]))
        list(pool.map(prove, longest_first))


def _template(server: Server, project: Project, ordered: dict[str, list[Migration]], report: Report) -> str | None:
    """Make the database that all others are copies of: roles, settings and the shared product. Writes."""
    shared = next((p for p in project.products if p.name == project.shared and p.name in ordered), None)
    with replay.new_database(server, "check_template", project) as connection:
        if shared is None:
            return "check_template"
        run = runner.Run(connection, shared, project.shared)
        replay.prepare(run)
        try:
            for migration in ordered[shared.name]:
                replay.up(run, migration)
        except SlateError as error:
            report.notes.append(f"{shared.name} does not replay, so what builds on it was not looked at: {error.message}")
    return "check_template"


def _walk(proof: Proof, progress: Progress, undo: bool) -> None:
    """Take each migration up, down and up again; stop at the first that does not apply. Writes."""
    proof.last = proof.read()
    for position, migration in enumerate(proof.migrations):
        try:
            replay.up(proof.run, migration)  # type: ignore[arg-type]
        except SlateError as error:
            _found_failure(proof, "replay", migration.apply.path, error)
            return
        after = proof.read()
        for identity in after.facts.keys() - proof.last.facts.keys():
            proof.origin.setdefault(identity, migration)
        if undo:
            after = _there_and_back(proof, position, migration, proof.last, after)
        proof.last = after
        proof.report.migrations += 1
        progress.done(migration.id)


def _there_and_back(proof: Proof, position: int, migration: Migration, before: Catalog, after: Catalog) -> Catalog:
    """Undo a migration that was just applied, and apply it again; return the catalog then. Writes."""
    if migration.rollback is None:
        proof.find("rollback", migration.apply.path, f"has no rollback: write {migration.id}.rollback.sql beside it")
        return after
    path = migration.rollback.path
    try:
        replay.down(proof.run, migration)  # type: ignore[arg-type]
    except SlateError as error:
        if _is_refusal(migration, error):
            proof.report.notes.append(f"{migration.id} says that it cannot be undone")
        else:
            _found_failure(proof, "rollback", path, error)
        if not migration.rollback.transactional:
            proof.open(position + 1)
        _settle(proof)
        return after
    _tell(proof, path, _unless_shared(proof, migration, compare(before, proof.read())), _after_rollback)
    try:
        replay.up(proof.run, migration)  # type: ignore[arg-type]
    except SlateError as error:
        _found_failure(proof, "rollback", path, error, "after this rollback the migration does not apply again: ")
        proof.open(position + 1)
        return proof.read()
    again = proof.read()
    _tell(proof, path, compare(after, again), lambda d: f"is not the same when applied again: {_what(d)}")
    return again


def _unless_shared(proof: Proof, migration: Migration, differences: list[Difference]) -> Iterator[Difference]:
    """Leave out an extension that the migration only made sure of: others in the database may use it by now."""
    for difference in differences:
        extension = difference.object.startswith("extension ") and not difference.attribute and difference.found
        if extension and re.search(r"if\s+not\s+exists.*create\s+extension|create\s+extension\s+if\s+not\s+exists", migration.apply.text, re.I | re.S):
            proof.report.notes.append(f"{migration.id} leaves the {difference.object} to those who use it")
        else:
            yield difference


def _is_refusal(migration: Migration, error: SlateError) -> bool:
    """True when the rollback is one DO block that raised its own exception: it gives the reason and the way forward."""
    text = migration.rollback.text if migration.rollback else ""
    return "RAISE EXCEPTION" in text.upper() and any("(P0001)" in line or "(0A000)" in line for line in error.detail)


def _settle(proof: Proof) -> None:
    """End what a failed script left open."""
    if is_alive(proof.connection):
        abandon(proof.connection)


def _found_failure(proof: Proof, rule: str, path: Path, error: SlateError, prefix: str = "") -> None:
    said = " ".join(line.strip() for line in error.detail[:1])
    line = next((int(part) for part in error.message.partition(path.name)[2].split(":")[1:2] if part.isdigit()), 1)
    proof.find(rule, path, f"{prefix}{said or error.message}", line=line)


def _tell(proof: Proof, path: Path, differences: Iterable[Difference], word: Callable[[Difference], str]) -> None:
    for difference in differences:
        proof.find("rollback", path, word(difference), difference.object, severity=difference.severity)


def _after_rollback(difference: Difference) -> str:
    if difference.attribute:
        return f"is not as it was before: {_what(difference)}"
    return "is gone after the rollback, and was there before" if difference.found is None else "is left behind"


def _what(difference: Difference) -> str:
    return str(difference).removeprefix(f"{difference.object}: ")


def _judge(proof: Proof, chosen: Sequence[str]) -> None:
    """Hold what was built against the catalog rules and the snapshot. Writes nothing."""
    built = catalog.read(proof.connection, [proof.product.schema], database=False)
    for name in chosen:
        for identity, message in rules.RULES[name](built) if name in rules.RULES else ():
            migration, line = _made_by(proof, identity)
            path = migration.apply.path if migration else proof.product.migrations
            proof.find(name, path, message, identity, line, rules.SEVERITY[name])
    if "snapshot" in chosen and not (proof.product.sql / "schema").is_dir():
        path = proof.product.sql / "schema"
        proof.find("snapshot", path, "is not there: run `slate snapshot`", severity="cosmetic")
    elif "snapshot" in chosen:
        for path in stale_pictures(proof):
            proof.find("snapshot", path, "is not what the migrations build: run `slate snapshot`", severity="cosmetic")


def _made_by(proof: Proof, identity: str) -> tuple[Migration | None, int]:
    """Return the migration that made an object, and the line that first names it; line 1 where none does."""
    migration = proof.origin.get(identity)
    if migration is None:
        return None, 1
    name = identity.split(" on ")[0].partition(" ")[2].partition("(")[0].rpartition(".")[2].strip('"')
    lines = enumerate(migration.apply.text.splitlines(), 1)
    return migration, next((n for n, text in lines if name in text and not text.lstrip().startswith("--")), 1)


def stale_pictures(proof: Proof) -> list[Path]:
    """Return the snapshot files of a product that are missing or differ from what its database holds. Reads only."""
    arguments: list[Any] = ["--schema-only", "--no-owner", "--schema", f'"{proof.product.schema}"']
    dumped = proof.server.run("pg_dump", *arguments, proof.server.url(proof.database))
    folder = proof.product.sql / "schema"
    return snapshot.compare({folder / name: text for name, text in snapshot.split_dump(dumped.stdout).items()})
