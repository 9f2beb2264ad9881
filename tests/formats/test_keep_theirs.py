"""Another tool's ledger is kept beside Slate's: each migration is in both, or in neither."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.migrations import theirs
from slate_pg.migrations.files import Migration
from tests.formats.projects import EXAMPLES
from tests.formats.test_adopt_from import SHAPES, build, crc32, enter, ledger_rows, slate
from tests.migrations.test_byhand import psql
from tests.workshop import Workshop, captured

KEPT = [tool for tool in SHAPES if tool not in theirs.REFUSED]
TIMES = ("installed_on", "tstamp", "run_on", "date", "started_at", "finished_at", "execution_time", "id")


def rows(shop: Workshop, tool: str) -> list[dict[str, Any]]:
    """Return the rows of a tool's ledger without its times and made-up ids."""
    place = SHAPES[tool].split("CREATE TABLE ")[1].split()[0]
    found = shop.rows(f"SELECT to_jsonb(t) FROM {place} AS t ORDER BY t::text")
    kept = [{k: v for k, v in row.items() if k not in TIMES} for (row,) in found]
    return sorted(kept, key=lambda row: str(sorted(row.items(), key=str)))


def adopted(shop: Workshop, tool: str, upto: int) -> tuple[Path, list[Migration]]:
    """Build a database as a tool has it, up to a migration, and have slate take it over and keep both ledgers."""
    folder, ordered = build(shop, tool, upto)
    code, said = slate(shop, "adopt", folder, folder.name, "--from", tool, "--keep-theirs")
    assert code == 0, said
    assert f"the ledger of {tool} is kept too; `slate adopt {folder.name} --leave-theirs` ends that" in said
    return folder, ordered


@pytest.mark.parametrize("tool", KEPT)
def test_what_slate_applies_stands_in_the_other_ledger_as_its_tool_writes_it(shop: Workshop, tool: str) -> None:
    if tool == "sqlx":
        EXAMPLES[tool].files["10_index.up.sql"] = EXAMPLES["golang-migrate"].files["10_index.up.sql"]
    folder, ordered = adopted(shop, tool, 2)
    code, said = slate(shop, "status", folder)
    assert (code, f"kept too: the ledger of {tool}" in said) == (3, True), said
    code, said = slate(shop, "apply", folder)
    assert code == 0, said
    ours = rows(shop, tool)
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {SHAPES[tool].split('CREATE TABLE ')[1].split()[0]}".encode())
        if tool == "goose":
            connection.execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true)")
        connection.execute("SELECT set_config('search_path', '\"$user\", public', false)")
        enter(connection, tool, ordered)
    assert alike(ours, rows(shop, tool)) == alike(rows(shop, tool), rows(shop, tool))
    code, said = slate(shop, "status", folder)
    assert code == 0, said


def alike(found: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[str]:
    """Return rows by the columns that the tests' own rows fill, in one order."""
    columns = {key for row in known for key, value in row.items() if value is not None} - {*VARY}
    return sorted(str(sorted((k, v) for k, v in row.items() if k in columns)) for row in found)


VARY = ("applied_steps_count", "script", "statements")  # what the tests' own rows have not as the tools do


@pytest.mark.parametrize("tool", [t for t in KEPT if EXAMPLES[t].undoes])
def test_what_slate_undoes_goes_from_the_other_ledger(shop: Workshop, tool: str) -> None:
    if tool == "sqlx":
        EXAMPLES[tool].files["10_index.up.sql"] = EXAMPLES["golang-migrate"].files["10_index.up.sql"]
    folder, _ = adopted(shop, tool, 2)
    before = rows(shop, tool)
    assert slate(shop, "apply", folder)[0] == 0
    code, said = slate(shop, "rollback", folder, folder.name, "--steps", "2")
    assert code == 0, said
    if tool == "flyway":
        kinds = [(r["version"], r["type"]) for r in sorted(rows(shop, tool), key=lambda r: r["installed_rank"])]
        assert kinds[2:] == [("10.0", "SQL"), ("10.1", "SQL"), ("10.1", "UNDO_SQL"), ("10.0", "UNDO_SQL")]
    else:
        assert rows(shop, tool) == before
    code, said = slate(shop, "status", folder)
    assert "kept too: the ledger of" in said
    assert "has no row" not in said
    assert slate(shop, "apply", folder)[0] == 0
    assert slate(shop, "status", folder)[0] == 0


@pytest.mark.parametrize("tool", sorted(theirs.REFUSED))
def test_a_ledger_that_only_its_tool_can_write_is_refused_with_the_reason(shop: Workshop, tool: str) -> None:
    folder = EXAMPLES["goose"].write(shop.root / "theirs")
    code, said = slate(shop, "adopt", folder, folder.name, "--from", tool, "--keep-theirs")
    assert code == 2
    assert f"the ledger of {tool} cannot be kept: {theirs.REFUSED[tool][0]}" in said
    assert shop.rows("SELECT count(*) FROM pg_class WHERE relname LIKE '\\_slate%'") == [(0,)]


def test_a_repeatable_file_of_flyway_is_in_its_ledger_each_time_it_is_applied(shop: Workshop) -> None:
    folder, _ = adopted(shop, "flyway", 4)
    path = folder / "R__all_names.sql"
    for text in (
        "CREATE VIEW names AS SELECT name FROM account;\n",
        "CREATE VIEW names AS SELECT id FROM account;\r\n",
    ):
        path.write_bytes(text.encode())
        code, said = slate(shop, "apply", folder)
        assert code == 0, said
        row = "SELECT version, description, type, script, checksum FROM flyway_schema_history ORDER BY installed_rank DESC"
        assert shop.rows(row)[0] == (None, "all names", "SQL", "R__all_names.sql", crc32(path))
    assert shop.rows("SELECT count(*) FROM flyway_schema_history") == [(6,)]
    assert slate(shop, "status", folder)[0] == 0


def test_a_failure_is_in_neither_ledger(shop: Workshop) -> None:
    folder, _ = adopted(shop, "golang-migrate", 3)
    before = rows(shop, "golang-migrate")
    (folder / "11_payment.up.sql").write_text("CREATE TABLE payment (id int); SELECT 1 / 0;")
    assert slate(shop, "apply", folder)[0] == 1
    assert rows(shop, "golang-migrate") == before
    assert slate(shop, "status", folder)[0] == 3


def test_a_script_of_many_transactions_is_dirty_there_until_it_ends_or_is_given_up(shop: Workshop) -> None:
    folder, _ = adopted(shop, "golang-migrate", 2)
    path = folder / "10_index.up.sql"
    path.write_text("-- no-transaction\nCREATE INDEX CONCURRENTLY account_name_idx ON account (name);\nSELECT 1 / 0;\n")
    assert slate(shop, "apply", folder)[0] == 1
    assert rows(shop, "golang-migrate") == [{"version": 10, "dirty": True}]
    code, said = slate(shop, "status", folder)
    assert "stopped half way: 10_index" in said
    assert "failed or was never ended" not in said
    code, said = slate(shop, "rollback", folder, folder.name, "--forget", "10_index")
    assert code == 0, said
    assert rows(shop, "golang-migrate") == [{"version": 9, "dirty": False}]
    shop.do("DROP INDEX account_name_idx")
    path.write_text("-- no-transaction\nSELECT 1 / 0;\n")
    assert slate(shop, "apply", folder)[0] == 1
    assert rows(shop, "golang-migrate") == [{"version": 9, "dirty": False}]
    path.write_text("-- no-transaction\nCREATE INDEX CONCURRENTLY account_name_idx ON account (name);\nSELECT 1;\n")
    code, said = slate(shop, "apply", folder)
    assert code == 0, said
    assert rows(shop, "golang-migrate") == [{"version": 11, "dirty": False}]


def test_a_script_of_many_transactions_is_begun_in_prismas_ledger(shop: Workshop) -> None:
    folder, ordered = adopted(shop, "prisma", 2)
    path = ordered[2].apply.path
    path.write_text("CREATE INDEX CONCURRENTLY twice_idx ON account ((1 / id));")
    shop.do("INSERT INTO account VALUES (0, 'zero')")
    assert slate(shop, "apply", folder)[0] == 1
    state = "SELECT finished_at IS NULL, rolled_back_at IS NULL, checksum FROM _prisma_migrations ORDER BY started_at"
    assert shop.rows(state)[2:] == [(True, False, hashlib.sha256(path.read_bytes()).hexdigest())]
    path.write_text("CREATE INDEX CONCURRENTLY account_name_idx ON account (name);")
    code, said = slate(shop, "apply", folder)
    assert code == 0, said
    assert shop.rows(state)[3] == (False, True, hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(shop.rows(state)) == 5


def test_what_the_other_tool_ran_meanwhile_is_told_and_taken_over(shop: Workshop) -> None:
    folder, ordered = adopted(shop, "goose", 3)
    shop.do(ordered[3].apply.text)
    with psycopg.connect(shop.url, autocommit=True) as connection:
        enter(connection, "goose", ordered[3:])
    code, said = slate(shop, "status", folder)
    assert code == 3
    assert "goose has run 11_payment meanwhile" in said
    for command in ("apply", "plan"):
        code, said = slate(shop, command, folder)
        assert code == 1
        assert '"public" keeps the ledger of goose too: goose has run 11_payment meanwhile' in said
    code, said = slate(shop, "adopt", folder, folder.name, "--from", "goose")
    assert code == 0, said
    assert "public: equal, 4 migrations on record, 1 of them new" in said
    assert "the ledger of goose is kept too" in said
    assert slate(shop, "status", folder)[0] == 0
    assert slate(shop, "drift", folder)[0] == 0


def test_what_the_other_tool_undid_meanwhile_is_told_and_taken_over(shop: Workshop) -> None:
    folder, ordered = adopted(shop, "dbmate", 4)
    shop.do("DELETE FROM schema_migrations WHERE version = '2024010104'")
    code, said = slate(shop, "status", folder)
    assert code == 3
    assert "dbmate has no row of 2024010104_payment, which is applied" in said
    code, said = slate(shop, "rollback", folder, folder.name)
    assert code == 1
    assert "has no row of 2024010104_payment" in said
    code, said = slate(shop, "adopt", folder, folder.name, "--from", "dbmate")
    assert code == 3  # the table is still there
    assert "payment" in said
    shop.do("DROP TABLE payment")
    code, said = slate(shop, "adopt", folder, folder.name, "--from", "dbmate")
    assert code == 0, said
    assert "1 taken off record" in said
    assert slate(shop, "apply", folder)[0] == 0
    assert len(ordered) == 4


def test_a_ledger_that_fell_behind_is_brought_up_to_date(shop: Workshop) -> None:
    folder, _ = build(shop, "diesel", 2)
    assert slate(shop, "adopt", folder, folder.name, "--from", "diesel")[0] == 0
    assert slate(shop, "apply", folder)[0] == 0
    assert len(rows(shop, "diesel")) == 2
    code, said = slate(shop, "adopt", folder, folder.name, "--from", "diesel")
    assert code == 1
    assert "is ahead of that of diesel by 2" in said
    code, said = slate(shop, "adopt", folder, folder.name, "--from", "diesel", "--keep-theirs")
    assert code == 0, said
    assert len(rows(shop, "diesel")) == 4
    assert slate(shop, "status", folder)[0] == 0


def test_keeping_both_ends_when_it_is_said(shop: Workshop) -> None:
    folder, _ = adopted(shop, "dbmate", 3)
    code, said = slate(shop, "adopt", folder, folder.name, "--leave-theirs")
    assert code == 0, said
    assert "the ledger of dbmate stays as it is, and is written no more" in said
    before = ledger_rows(shop, "dbmate")
    assert slate(shop, "apply", folder)[0] == 0
    assert ledger_rows(shop, "dbmate") == before
    code, said = slate(shop, "adopt", folder, folder.name, "--leave-theirs")
    assert code == 1
    assert "keeps no other ledger" in said


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP TABLE goose_db_version", "public.goose_db_version is no table any more"),
        ("CREATE RULE r AS ON INSERT TO goose_db_version DO ALSO SELECT 1", "has triggers or rules"),
        (
            "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; "
            "CREATE TRIGGER t BEFORE INSERT ON goose_db_version FOR EACH ROW EXECUTE FUNCTION t()",
            "has triggers or rules",
        ),
    ],
)
def test_a_ledger_that_cannot_be_written_stops_a_run_before_it(shop: Workshop, harm: str, said: str) -> None:
    folder, _ = adopted(shop, "goose", 3)
    shop.do(harm)
    for command in (["apply"], ["rollback", folder.name], ["apply", "--dry-run"]):
        code, heard = slate(shop, command[0], folder, *command[1:])
        assert code == 1, heard
        assert said in heard
    assert not shop.exists("payment")
    assert slate(shop, "adopt", folder, folder.name, "--leave-theirs")[0] == 0
    assert slate(shop, "apply", folder)[0] == 0


@pytest.mark.parametrize("tool", KEPT)
def test_a_dry_run_prints_both_and_psql_writes_both(shop: Workshop, tool: str) -> None:
    if tool == "sqlx":
        EXAMPLES[tool].files["10_index.up.sql"] = EXAMPLES["golang-migrate"].files["10_index.up.sql"]
    folder, _ = adopted(shop, tool, 2)
    text = captured(main, "slate", "apply", "--dry-run", "--migrations", str(folder), "--database", shop.url).stdout
    done = psql(shop.url, text.encode())
    assert done.returncode == 0, done.stderr
    code, said = slate(shop, "status", folder)
    assert code == 0, said
