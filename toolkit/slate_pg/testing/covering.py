"""`pytest --coverage`: the template counts, databases are read before they go, and the run ends with a report.

Under pytest-xdist each worker reads its own databases and hands what it found to the controller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from _pytest.runner import runtestprotocol
from psycopg import sql

from slate_pg.config import Product
from slate_pg.coverage import formats, report
from slate_pg.coverage.harvest import Harvest, counts_of
from slate_pg.coverage.instrument import instrument
from slate_pg.coverage.model import Item, Measured, Plan, Unmeasured
from slate_pg.coverage.places import sources
from slate_pg.postgres.connection import connect

NAME = "slate-coverage"
PLAIN = "_plain"
FINDINGS = 3  # as every command that answers no


class Form(NamedTuple):
    """A form of the report: what it is called, and the text."""

    title: str
    text: Callable[[report.Coverage], str]


FORMS = {
    "json": Form("JSON", lambda coverage: json.dumps(report.as_json(coverage), indent=2) + "\n"),
    "lcov": Form("LCOV", formats.lcov),
    "xml": Form("Cobertura's XML", formats.cobertura),
}


def _write(path: Path, text: str) -> bool:
    """Write a report and tell whether that went well."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError:
        return False
    return True


def add_options(group: Any) -> None:
    """Add --coverage and where its report goes."""
    group.addoption("--coverage", action="store_true", help="count what the tests run in the database, and report it")
    for name, form in FORMS.items():
        group.addoption(f"--coverage-{name}", metavar="FILE", help=f"write the report of --coverage as {form.title}")
    group.addoption(
        "--coverage-fail-under",
        metavar="PERCENT",
        type=float,
        help="end with 3 where passing tests reached less",
    )


def wanted(config: pytest.Config) -> bool:
    """Tell whether a run counts: --coverage, or an option that says where the report goes."""
    options = ("--coverage", "--coverage-fail-under", *(f"--coverage-{name}" for name in FORMS))
    return any(config.getoption(option) not in (None, False) for option in options)


def template_of(config: pytest.Config, migrated: Any) -> Any:
    """Return what test databases are cloned from, as pytest-postgresql has it."""
    if found := config.pluginmanager.get_plugin(NAME):
        found.template = migrated
        found.choose()
    return migrated


def is_plain(config: pytest.Config) -> bool:
    """Tell whether the test under way is tried on a database that does not count."""
    found = config.pluginmanager.get_plugin(NAME)
    return found is not None and found.plain


def _plain(template: str) -> str:
    """Return the name of the template that does not count; pytest-postgresql's end in _tmpl."""
    return template.removesuffix("_tmpl") + PLAIN + "_tmpl"


class Server(Protocol):
    """Where a server is."""

    def url(self, database: str = "postgres") -> str:
        """Return the connection string of a database."""


class Covering:
    """What one pytest process keeps of a run with --coverage."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.harvest = Harvest()
        self.plan: Plan | None = None
        self.counts: dict[Item, tuple[int, ...]] = {}
        self.unmeasured: dict[Unmeasured, None] = {}
        self.lost: list[str] = []
        self.judged: list[str] = []
        self.judged_plain: list[str] = []
        self.files: dict[str, bool] = {}
        self.plain = False
        self.template: Any = None
        self.coverage: report.Coverage | None = None
        self._listening = ExitStack()
        self._listening.enter_context(self.harvest.listening())

    def prepare(self, server: Server, template: str, products: list[Product]) -> None:
        """Make the template count, and keep a copy of it that does not. Writes, and switches on the count of calls."""
        with connect(server.url()) as connection:
            connection.execute("ALTER SYSTEM SET track_functions = 'pl'")
            connection.execute("SELECT pg_catalog.pg_reload_conf()")
            names = sql.Identifier(_plain(template)), sql.Identifier(template)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(names[0]))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        with connect(server.url(template)) as connection:
            self.plan = instrument(connection, sources(products, self.config.rootpath))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test with a database; where it fails, again on one that does not count, and that outcome holds.

        A test of plans or definitions sees the counting calls. It must not fail for them.
        """
        if not any(name.startswith("slate_") for name in getattr(item, "fixturenames", ())):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        properties = list(item.user_properties)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if any(report.failed for report in reports):
            item.user_properties[:] = properties
            with self._without_counting():
                reports = runtestprotocol(item, log=False, nextitem=nextitem)
            if not any(report.failed for report in reports):
                self.judged.append(item.nodeid)
        for told in reports:
            item.ihook.pytest_runtest_logreport(report=told)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @contextmanager
    def _without_counting(self) -> Iterator[None]:
        self.plain = True
        self.choose()
        try:
            yield
        finally:
            self.plain = False
            self.choose()

    def choose(self) -> None:
        """Let what is cloned from now on count, or not."""
        if self.template is not None:
            self.template.dbname = self.template.dbname.removesuffix(PLAIN) + (PLAIN if self.plain else "")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker of xdist found."""
        if text := getattr(node, "workeroutput", {}).get(NAME):
            self._take(json.loads(text))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum up, and end with 3 where too little was reached by passing tests; a worker hands over what it has."""
        self._listening.close()
        worker = getattr(self.config, "workeroutput", None)
        if worker is not None:
            worker[NAME] = json.dumps(self._found())
            return
        self._take(self._found())
        measured = (Measured(item, counts) for item, counts in self.counts.items())
        self.coverage = report.Coverage(
            tuple(measured), tuple(self.unmeasured), tuple(self.lost), tuple(self.judged_plain)
        )
        for name, form in FORMS.items():
            if path := self.config.getoption(f"--coverage-{name}"):
                self.files[path] = _write(Path(path), form.text(self.coverage))
        least = self.config.getoption("--coverage-fail-under")
        if session.exitstatus == pytest.ExitCode.OK and not all(self.files.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif session.exitstatus == pytest.ExitCode.OK and least is not None and self.coverage.percent < least:
            session.exitstatus = FINDINGS

    def _found(self) -> dict[str, Any]:
        """Return what this process itself counted, as JSON has it."""
        counts = counts_of(self.plan, self.harvest) if self.plan else {}
        return {
            "items": [[asdict(item), found] for item, found in counts.items()],
            "unmeasured": [asdict(u) for u in self.plan.unmeasured] if self.plan else [],
            "lost": self.harvest.lost,
            "judged": self.judged,
        }

    def _take(self, found: dict[str, Any]) -> None:
        """Add what a process counted."""
        for fields, counts in found["items"]:
            item = Item(**{**fields, "counters": tuple(fields["counters"])})
            before = self.counts.get(item, (0,) * len(counts))
            self.counts[item] = tuple(a + b for a, b in zip(before, counts, strict=True))
        self.unmeasured.update(dict.fromkeys(Unmeasured(**u) for u in found["unmeasured"]))
        self.lost += found["lost"]
        self.judged_plain += found["judged"]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the report, and write the files that were asked for."""
        coverage = self.coverage
        if coverage is None:
            return
        terminalreporter.section("coverage of the database")
        if not coverage.measured:
            terminalreporter.write_line("no test asked for a database: nothing was counted")
        for line in report.lines(coverage) if coverage.measured else []:
            terminalreporter.write_line(line)
        for path, written in self.files.items():
            terminalreporter.write_line(f"written: {path}" if written else f"error: {path} could not be written")
        least = self.config.getoption("--coverage-fail-under")
        if least is not None and coverage.percent < least:
            terminalreporter.write_line(f"{coverage.percent:.2f} % was reached, less than {least:g} %")
