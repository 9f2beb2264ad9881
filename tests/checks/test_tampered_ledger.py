"""A ledger may lie: what its owner writes into it is neither run on the operator's machine nor taken for the truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.checks import drift
from slate_pg.errors import EditedError, SlateError
from slate_pg.migrations import belonging
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

BASE = "CREATE TABLE items (id integer PRIMARY KEY, note text);"
UNDO = "DROP TABLE items;"
FILL = "INSERT INTO items VALUES (1, 'one');"
PROGRAM = "\nCOPY (SELECT 1) TO PROGRAM 'id > {marker}';"


@pytest.fixture
def kept(shop: Workshop) -> Workshop:
    """Two migrations, applied by an administrator, whose ledger somebody else writes to."""
    shop.write("shop_0001_base", BASE, UNDO)
    shop.write("shop_0002_fill", FILL, "DELETE FROM items;")
    shop.apply()
    return shop


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    path = Path("/tmp") / f"slate-{tmp_path.parent.name}-{tmp_path.name}"
    yield path
    assert not path.exists(), "something ran on the machine"


def write_over(shop: Workshop, name: str, **columns: str | None) -> None:
    for column, value in columns.items():
        shop.watch.execute(
            f"UPDATE shop._slate_ledger SET {column} = %s WHERE kind = 'migration' AND key = %s".encode(), [value, name]
        )


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def drifted(shop: Workshop) -> list[dict[str, Any]]:
    """Return what drift says of the ledger; it says the same in words, and exits 3."""
    done, plain = shop.slate("drift", "--json"), shop.slate("drift")
    assert done.returncode == plain.returncode == 3, done.stderr + plain.stderr
    told = json.loads(done.stdout)
    assert told["differences"] == [], "nothing is compared with what was not replayed"
    assert plain.stdout.splitlines() == [f"security     {m['said']}" for m in told["tampered"]]
    return list(told["tampered"])


def test_a_program_appended_to_a_text_is_never_run_and_the_text_is_named(kept: Workshop, marker: Path) -> None:
    write_over(kept, "shop_0001_base", body=BASE + PROGRAM.format(marker=marker))
    (found,) = drifted(kept)
    told = {name: found[name] for name in ("schema", "id", "script", "which", "severity")}
    assert list(told.values()) == ["shop", "shop_0001_base", "apply", "text", "security"]


def test_a_text_with_its_checksum_is_held_against_the_file(kept: Workshop, marker: Path) -> None:
    text = BASE + PROGRAM.format(marker=marker)
    write_over(kept, "shop_0001_base", body=text, checksum=sha(text))
    assert [(m["id"], m["which"]) for m in drifted(kept)] == [("shop_0001_base", "file")]


def test_a_checksum_alone_is_named(kept: Workshop) -> None:
    write_over(kept, "shop_0002_fill", checksum=sha("x"), rollback_checksum=sha("y"))
    assert [(m["script"], m["which"]) for m in drifted(kept)] == [("apply", "checksum"), ("rollback", "checksum")]


def test_a_rollbacks_text_is_held_against_its_checksum_without_a_file_as_well(kept: Workshop, marker: Path) -> None:
    write_over(kept, "shop_0001_base", rollback_body=UNDO + PROGRAM.format(marker=marker))
    with connect(kept.url) as connection:
        (found,) = drift.find_drift(connection, [], None).tampered
    assert (found.script, found.which) == ("rollback", "text or checksum")


def test_a_file_with_another_comment_is_no_finding(kept: Workshop) -> None:
    kept.write("shop_0001_base", f"-- Why: to say it.\n{BASE}", UNDO)
    done = kept.slate("drift")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_ledger_alone_is_enough_where_nothing_wants_a_superuser(kept: Workshop) -> None:
    with connect(kept.url) as connection:
        found = drift.find_drift(connection, [], None)
    assert (found.schemas, found.migrations, found.differences, found.tampered) == (["shop"], 2, [], [])


@pytest.mark.parametrize(
    "text",
    [
        "COPY (SELECT 1) TO PROGRAM 'id > {marker}'",
        "COPY items FROM PROGRAM 'id > {marker}'",
        "COPY (SELECT 1) TO '{marker}'",
        "SELECT lo_export(lo_create(0), '{marker}')",
        "SELECT pg_read_file('/etc/passwd')",
        "LOAD '/tmp/x.so'",
        "CREATE FUNCTION f() RETURNS integer LANGUAGE c AS 'libc', 'getpid'",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION file_fdw",
        "GRANT pg_execute_server_program TO CURRENT_USER",
        "RESET SESSION AUTHORIZATION; RESET ROLE; COPY (SELECT 1) TO PROGRAM 'id > {marker}'",
        "SET SESSION AUTHORIZATION DEFAULT; COPY (SELECT 1) TO PROGRAM 'id > {marker}'",
        "DO $$ BEGIN EXECUTE 'CO' || 'PY (SELECT 1) TO PRO' || 'GRAM ''id > {marker}'''; END $$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN COPY (SELECT 1) TO PROGRAM 'id > {marker}'; END $$; SELECT f()",
        "-- transactional: false\nALTER SYSTEM SET archive_command = 'id > {marker}'",
    ],
)
def test_a_migration_whose_file_is_gone_reaches_nothing(kept: Workshop, marker: Path, text: str) -> None:
    """Text and checksum are both the attacker's, and no file tells."""
    head, _, rest = text.rpartition("\n")
    said = f"{head}\n{BASE}\n{rest.format(marker=marker)};"
    write_over(kept, "shop_0001_base", body=said, checksum=sha(said))
    for path in kept.folder.glob("shop_0001*"):
        path.unlink()
    done = kept.slate("drift")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "shop_0001_base" in done.stderr
    assert "it wants a superuser" in done.stderr


def test_one_text_that_is_not_the_operators_keeps_all_from_being_run_as_superuser(kept: Workshop, marker: Path) -> None:
    """It could lay a trap that a later text, which is the operator's and wants a superuser, walks into."""
    wanting = "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\nCREATE EVENT TRIGGER"
    wanting += " seen ON ddl_command_end WHEN TAG IN ('CREATE CONVERSION') EXECUTE FUNCTION f();"
    kept.write("shop_0003_seen", f"{wanting} INSERT INTO items VALUES (2, 'two');", "SELECT 1;")
    kept.apply()
    with connect(kept.url) as connection:
        found = drift.find_drift(connection, [], kept.project)
        assert found.differences == []
        assert any("replayed as superuser, from files of this project only" in note for note in found.notes)
    trap = BASE + (
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN COPY (SELECT 1) TO PROGRAM 'id > {marker}'; RETURN NEW;"
        " EXCEPTION WHEN insufficient_privilege THEN RETURN NEW; END $$;"
        "CREATE TRIGGER t BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION t();"
    )
    write_over(kept, "shop_0001_base", body=trap, checksum=sha(trap))
    for path in kept.folder.glob("shop_0001*"):
        path.unlink()
    with connect(kept.url) as connection, pytest.raises(SlateError, match=r"shop_0003_seen.*it wants a superuser"):
        drift.find_drift(connection, [], kept.project)


def test_a_rollback_whose_text_is_not_its_checksums_is_never_run(kept: Workshop, marker: Path) -> None:
    write_over(kept, "shop_0002_fill", rollback_body="DELETE FROM items;" + PROGRAM.format(marker=marker))
    for source in (None, "ledger"):
        with pytest.raises(EditedError, match="shop_0002_fill in the ledger is not what its checksum says"):
            kept.rollback(source=source)
    assert kept.rollback(source="file") == ["shop_0002_fill"]
    write_over(kept, "shop_0001_base", rollback_checksum=None)
    with pytest.raises(EditedError, match="not what its checksum says"):
        kept.rollback()


@pytest.fixture
def role(shop: Workshop) -> Iterator[str]:
    name = f'"own;er {shop.value("SELECT current_database()")}"'
    shop.do(f"CREATE ROLE {name}")
    yield name
    with psycopg.connect(shop.url, autocommit=True) as admin:
        admin.execute(f"REASSIGN OWNED BY {name} TO postgres; DROP OWNED BY {name}; DROP ROLE {name}".encode())


def test_a_rollback_that_only_the_ledger_has_is_run_unasked_by_nobody_but_its_owner(
    kept: Workshop, marker: Path, role: str
) -> None:
    text = UNDO + PROGRAM.format(marker=marker)
    for path in kept.folder.glob("shop_0002*"):
        path.unlink()
    with connect(kept.url) as connection:
        assert belonging.is_own(connection, "shop")
        connection.execute(f"GRANT UPDATE (rollback_body) ON shop._slate_ledger TO {role}".encode())
        assert not belonging.is_own(connection, "shop")
        connection.execute(f"REVOKE UPDATE (rollback_body) ON shop._slate_ledger FROM {role}".encode())
        connection.execute(f"ALTER TABLE shop._slate_ledger OWNER TO {role}".encode())
        assert not belonging.is_own(connection, "shop")
    write_over(kept, "shop_0002_fill", rollback_body=text, rollback_checksum=sha(text))
    with pytest.raises(EditedError, match="shop_0002_fill is in the database only") as refused:
        kept.rollback()
    assert any("TO PROGRAM" in line for line in refused.value.detail), "what would run is shown"
    assert "--use ledger" in refused.value.hint
    write_over(kept, "shop_0002_fill", rollback_body=UNDO, rollback_checksum=sha(UNDO))
    assert kept.rollback(source="ledger") == ["shop_0002_fill"]
