"""`pytest --coverage`: the template counts, databases are read before they go, and the run ends with a report.

Under pytest-xdist each worker reads its own databases and hands what it found to the controller.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from slate_pg.config import Product
from slate_pg.coverage import report
from slate_pg.coverage.harvest import Harvest
from slate_pg.coverage.instrument import instrument
from slate_pg.coverage.model import Item, Measured, Refusal, Unmeasured
from slate_pg.coverage.places import sources
from slate_pg.postgres.connection import Connection

NAME = "slate-coverage"
FINDINGS = 3  # as every command that answers no


def add_options(group: Any) -> None:
    """Add --coverage and where its report goes."""
    group.addoption("--coverage", action="store_true", help="count what the tests run in the database, and report it")
    group.addoption("--coverage-json", metavar="FILE", help="write the report of --coverage as JSON")
    group.addoption(
        "--coverage-fail-under",
        metavar="PERCENT",
        type=float,
        help="end with 3 where passing tests reached less",
    )


def wanted(config: pytest.Config) -> bool:
    """Tell whether a run counts: --coverage, or an option that says where the report goes."""
    options = ("--coverage", "--coverage-json", "--coverage-fail-under")
    return any(config.getoption(option) not in (None, False) for option in options)


class Covering:
    """What one pytest process keeps of a run with --coverage."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.harvest = Harvest()
        self.items: dict[Item, None] = {}
        self.counts: dict[Item, tuple[int, ...]] = {}
        self.unmeasured: dict[Unmeasured, None] = {}
        self.refusals: Counter[Refusal] = Counter()
        self.lost: list[str] = []
        self.coverage: report.Coverage | None = None
        self._listening = ExitStack()
        self._listening.enter_context(self.harvest.listening())

    def instrument(self, connection: Connection, products: list[Product]) -> None:
        """Make the template count. Writes into it, and switches on the server's count of calls."""
        connection.execute("ALTER SYSTEM SET track_functions = 'pl'")
        connection.execute("SELECT pg_catalog.pg_reload_conf()")
        plan = instrument(connection, sources(products, self.config.rootpath))
        self.items.update(dict.fromkeys(plan.items))
        self.unmeasured.update(dict.fromkeys(plan.unmeasured))

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
        self.coverage = report.Coverage(tuple(measured), tuple(self.unmeasured), self.refusals, tuple(self.lost))
        least = self.config.getoption("--coverage-fail-under")
        if least is not None and self.coverage.percent < least and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = FINDINGS

    def _found(self) -> dict[str, Any]:
        """Return what this process itself counted, as JSON has it."""
        harvest = self.harvest
        return {
            "items": [[asdict(i), [harvest.counts[n] for n in i.counters]] for i in self.items],
            "unmeasured": [asdict(u) for u in self.unmeasured],
            "refusals": [[asdict(r), count] for r, count in harvest.refusals.items()],
            "lost": harvest.lost,
        }

    def _take(self, found: dict[str, Any]) -> None:
        """Add what a process counted."""
        for fields, counts in found["items"]:
            item = Item(**{**fields, "counters": tuple(fields["counters"])})
            before = self.counts.get(item, (0,) * len(counts))
            self.counts[item] = tuple(a + b for a, b in zip(before, counts, strict=True))
        self.unmeasured.update(dict.fromkeys(Unmeasured(**u) for u in found["unmeasured"]))
        for fields, count in found["refusals"]:
            self.refusals[Refusal(**fields)] += count
        self.lost += found["lost"]

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
        if path := self.config.getoption("--coverage-json"):
            Path(path).write_text(json.dumps(report.as_json(coverage), indent=2) + "\n", "utf-8")
        least = self.config.getoption("--coverage-fail-under")
        if least is not None and coverage.percent < least:
            terminalreporter.write_line(f"{coverage.percent:.2f} % was reached, less than {least:g} %")
