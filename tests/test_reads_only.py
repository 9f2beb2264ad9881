"""What every reading command sends to its target: SELECT, SHOW, SET and transaction control, as a role that may no more."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.postgres.server import FAST, Server, disposable

LOGGED = (*FAST, "log_statement=all", "log_line_prefix=%u~%d~%a~")
READS = re.compile(
    r"(?:SELECT|SHOW|SET|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|WITH)\b", re.I
)  # no WITH of ours writes
READER = "re;ader'"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that plays production: every statement is in its log."""
    with disposable(settings=LOGGED) as running:
        yield running


@pytest.fixture(scope="module")
def folder(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one migration applied and one pending, and a schema "made" that equals the first, without a ledger."""
    root = tmp_path_factory.mktemp("reads")
    folder = root / "migrations" / "shop"
    folder.mkdir(parents=True)
    (folder / "shop_0001_a.sql").write_text("CREATE TABLE a (id integer PRIMARY KEY);")
    (folder / "shop_0001_a.rollback.sql").write_text("DROP TABLE a;")
    done = slate(root, "apply", "--database", server.url())
    assert done.returncode == 0, done.stderr
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("INSERT INTO shop.a VALUES (1)")
    (folder / "shop_0002_b.sql").write_text("CREATE TABLE b (id integer);")
    (folder / "shop_0002_b.rollback.sql").write_text("DROP TABLE b;")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("""
            CREATE ROLE "re;ader'" LOGIN; CREATE SCHEMA made; CREATE TABLE made.a (id integer);
            GRANT USAGE ON SCHEMA shop, made TO "re;ader'"; GRANT SELECT ON ALL TABLES IN SCHEMA shop, made TO "re;ader'";
        """)
    return root


def slate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    files = [] if arguments[0] == "why" else ["--migrations", str(root / "migrations")]  # why needs none
    command = [sys.executable, "-m", "slate_pg", *arguments, *files]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def written(server: Server) -> Any:
    query = """
        SELECT tup_inserted, tup_updated, tup_deleted, (SELECT count(*) FROM pg_database), (SELECT max(oid) FROM pg_class),
            (SELECT count(*) FROM pg_roles)
        FROM pg_stat_database WHERE datname = current_database()
    """
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        return admin.execute(query).fetchone()


def sent(server: Server, since: int) -> list[str]:
    """Return the statements of the reader's sessions in the log behind an offset, without their comments."""
    with (server.home / "server.log").open("rb") as lines:
        lines.seek(since)
        said = lines.read().decode()
    head = re.escape(f"{READER}~postgres~")
    found = re.findall(rf"{head}[^~\n]*~LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)", said)
    return [re.sub(r"--[^\n]*\n?", "", statement.replace("\n\t", "\n")).strip() for statement in found]


@pytest.mark.parametrize(
    ("command", "code", "at_least"),
    [
        (("status",), 3, 3),
        (("plan",), 0, 20),
        (("drift",), 3, 20),
        (("doctor",), 3, 5),
        (("access", "shop"), 0, 3),
        (("adopt", "shop", "--as", "made", "--to", "shop_0001_a"), 3, 20),
        (("apply", "--dry-run"), 0, 3),
        (("fleet", "status", "shop"), 3, 3),
        (("fleet", "plan", "shop"), 0, 20),
        (("fleet", "drift", "shop"), 3, 20),
        (("fleet", "doctor", "shop"), 3, 5),
        (("fleet", "jobs", "shop"), 0, 2),
        (("why", READER, "ann'; --", "shop.a", "1"), 0, 10),
        (("why", READER, "ann", "made.a"), 0, 5),
        (("docs", "--live", "--to", "site"), 0, 20),
        (("docs", "shop", "--live", "--to", "site.json", "--format", "json"), 0, 20),
        (("generate", "python", "shop", "--to", "made.py"), 0, 5),
        (("generate", "sqlalchemy", "shop", "--role", READER, "--to", "models.py"), 0, 5),
        (("check",), 0, 0),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_reading_command_sends_nothing_but_reads(
    server: Server, folder: Path, command: tuple[str, ...], code: int, at_least: int
) -> None:
    before = written(server)
    since = (server.home / "server.log").stat().st_size
    where = () if command == ("check",) else ("--database", f"postgresql://re%3Bader%27@/postgres?host={server.home}")
    done = slate(folder, *command, *where)
    assert done.returncode == code, done.stdout + done.stderr
    statements = sent(server, since)
    assert len(statements) >= at_least
    assert [s for s in statements if not READS.match(s)] == []
    assert written(server) == before
