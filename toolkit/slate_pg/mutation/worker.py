"""The workers: pytest, which collects a suite once, and forks; each then tries it on what it is told, in forks again.

Run as a program by `crew`, with two pipes a worker; lines of JSON go both ways. Each writes to a disposable server of
its own only.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.catalog import rules
from slate_pg.errors import SlateError
from slate_pg.mutation import forking
from slate_pg.mutation.counting import Counts, counting
from slate_pg.mutation.listing import list_mutants
from slate_pg.mutation.model import KILLED, OPEN, Mutant
from slate_pg.mutation.ordering import words_of
from slate_pg.mutation.stage import Stage

# A test is about the migrated template if one of these makes its database.
FIXTURES = frozenset(
    ("slate_template", "slate_clone", "slate_shared", "slate_db", "slate_db_committed", "slate_worlds")
)
_WORD = re.compile(r"[^\W_]+")


class Told(Exception):
    """The driver is gone."""


class TemplateFile(pytest.File):
    """No file: what the items hang on that are of no file."""

    def collect(self) -> Sequence[pytest.Item]:
        """Return nothing."""
        return []


class Worker:
    """A plugin in the place of pytest's loop over the tests."""

    def __init__(
        self, pipes: Sequence[tuple[int, int]], product: str, others: Sequence[str], schemas: Sequence[str]
    ) -> None:
        self.pipes, (self.reading, self.writing) = pipes, pipes[0]
        self.forks: list[int] = []
        self.product, self.others, self.schemas = product, frozenset(others), schemas
        self.buffered = b""
        self.left_out: list[str] = []
        self.uncollected: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what cannot be collected, and the last that is said of it."""
        if report.failed:
            said = str(report.longrepr).strip().splitlines()
            self.uncollected.append(f"{report.nodeid}: {said[-1].removeprefix('E').strip() if said else 'failed'}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Build the template, say which tests there are, and do what is asked until nobody asks."""
        if session.testsfailed:
            self.tell(refused=f"pytest cannot collect {'; '.join(self.uncollected[:3]) or 'the tests'}")
            return True
        self.items = {item.nodeid: item for item in session.items if self._is_asked(item)}
        if not self.items:
            self.tell(refused="no test has a database of the migrated template (slate_db, slate_db_committed)")
            return True
        words = {name: sorted(words_of(item)) for name, item in self.items.items()}
        self._fork()
        try:
            self._build(session)
            self.tell(words=words, left_out=self.left_out)
            while True:
                self._answer(self.heard())
        except Told:
            return True
        except SlateError as error:
            self.tell(refused=error.message, hint=error.hint)
        return True

    def _fork(self) -> None:
        """Become the first of the workers here, and one more in each fork; each keeps its own two pipes."""
        for reading, writing in self.pipes[1:]:
            pid = os.fork()
            if pid == 0:
                self.forks, self.reading, self.writing = [], reading, writing
                break
            self.forks.append(pid)
        for end in (end for both in self.pipes for end in both if end not in (self.reading, self.writing)):
            os.close(end)

    def wait(self) -> None:
        """Wait until the forks have ended, and their servers with them."""
        for pid in self.forks:
            os.waitpid(pid, 0)

    def _is_asked(self, item: pytest.Item) -> bool:
        """Tell whether a test is about the template, and not about another product only."""
        if FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            return False
        words = set(_WORD.findall(item.nodeid))
        if words & self.others and self.product not in words:
            self.left_out.append(item.nodeid)
            return False
        return True

    def _build(self, session: pytest.Session) -> None:
        """Have pytest build the template, as for a test that asks for it. SlateError where it cannot. Writes."""
        made: dict[str, Any] = {}

        def template(slate_template: Any, slate_base: Any, slate_project: Any) -> None:
            made.update(template=slate_template, base=slate_base, project=slate_project)

        folder = TemplateFile.from_parent(session, path=Path(session.config.rootpath) / "slate-mutation")
        first = pytest.Function.from_parent(folder, name="template", callobj=template)
        self.end = pytest.Function.from_parent(folder, name="end", callobj=lambda: None)
        recorder = forking.Recorder()
        session.config.pluginmanager.register(recorder, "slate-mutation-recorder")
        session.config.hook.pytest_runtest_protocol(item=first, nextitem=next(iter(self.items.values())))
        session.config.pluginmanager.unregister(recorder)
        if not made:
            raise SlateError(f"the template cannot be built: {recorder.failed}")
        chosen = rules.chosen(made["project"].rules)
        self.stage = Stage(made["base"], made["template"].template_dbname, self.schemas, chosen)
        self.stage.open()
        self.seconds: dict[str, float] = {}

    def _answer(self, asked: dict[str, Any]) -> None:
        if asked["do"] == "list":
            with self.stage.connected() as connection:
                self.tell(mutants=[m.fields for m in list_mutants(connection, self.schemas)])
        elif asked["do"] == "seconds":
            self.seconds = asked["seconds"]
        elif asked["do"] == "control":
            self.stage.clean()
            ran = self._run(asked["tests"], every=asked["every"])
            self.tell(seconds=ran.seconds, failed=ran.all_failed, skipped=ran.skipped)
        elif asked["do"] == "cover":
            self.tell(found=self._cover(asked["tests"]))
        else:
            self._try([Mutant.of_fields(m) for m in asked["mutants"]], asked)

    def _try(self, mutants: Sequence[Mutant], asked: dict[str, Any]) -> None:
        """Apply the faults and ask the tests, and then the catalogs and the rules where that is wanted."""
        begun = time.monotonic()
        outcome = self.stage.prepare(mutants)
        if outcome is not None:
            self.tell(
                verdict=outcome.verdict, by=outcome.by, said=outcome.said, seconds=time.monotonic() - begun, count=0
            )
            return
        ran = self._run(asked["tests"])
        verdict, by, said = (KILLED, ran.failed, ran.said) if ran.failed else (OPEN, "", "")
        if not ran.failed and asked.get("compare"):
            found = self.stage.compare()
            if found is not None:
                verdict, by, said = found.verdict, found.by, found.said
        self.tell(verdict=verdict, by=by, said=said, seconds=time.monotonic() - begun, count=ran.count)

    def _cover(self, tests: Sequence[str]) -> Any:
        """Return what the tests reach; nothing where that cannot be counted, for it is a guess that saves time."""
        try:
            with counting(self.stage) as counts:
                return self._run(tests, every=True, watch=counts).found or []
        except (SlateError, psycopg.Error):
            return []

    def _run(self, tests: Sequence[str], *, every: bool = False, watch: Counts | None = None) -> forking.Ran:
        items = [self.items[name] for name in tests if name in self.items]
        if not items:
            return forking.Ran()
        try:
            return forking.run(items, self.end, self.seconds, every=every, stop=self.is_gone, watch=watch)
        except SlateError:
            if self.is_gone():
                raise Told from None
            raise

    def tell(self, **said: Any) -> None:
        """Write a line to the driver."""
        line = (json.dumps(said) + "\n").encode()
        try:
            while line:
                line = line[os.write(self.writing, line) :]
        except BrokenPipeError:
            raise Told from None

    def heard(self) -> dict[str, Any]:
        """Return what the driver says next. Told where it has gone."""
        while b"\n" not in self.buffered:
            self._read()
        line, self.buffered = self.buffered.split(b"\n", 1)
        return dict(json.loads(line))

    def _read(self) -> None:
        chunk = os.read(self.reading, 65536)
        if not chunk:
            raise Told
        self.buffered += chunk

    def is_gone(self) -> bool:
        """Tell whether the driver has closed its end, which a killed one does too."""
        try:
            while select.select([self.reading], [], [], 0)[0]:
                self._read()
        except Told:
            return True
        return False


def main(arguments: Sequence[str]) -> None:
    """Run pytest with this plugin in the place of its loop; what follows the first argument goes to pytest."""
    given = json.loads(arguments[0])
    worker = Worker(given["pipes"], given["product"], given["others"], given["schemas"])
    alone = ["-n", "0"] if importlib.util.find_spec("xdist") else []
    installed = ["--products", ",".join(given["installed"])] if given["installed"] else []
    # A run of our own: no cache of failures, no colours, and nothing that follows the first failure.
    options = [*arguments[1:], *alone, *installed, "-p", "no:cacheprovider", "--color=no", "-q", "--maxfail=0"]
    pytest.main(options, plugins=[worker])
    worker.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
