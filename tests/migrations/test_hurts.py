"""A ledger that lacks rows, or says something else than it did, is named by every command and never "up to date"."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.workshop import Workshop

ROW = "DELETE FROM shop._slate_ledger WHERE kind = 'migration' AND key = '{}'"
HURTS = {
    "first row": (ROW.format("0001_a"), "row"),
    "middle row": (ROW.format("0002_Weird ''Name"), "row"),
    "last row": (ROW.format("0003_c"), "row"),
    "all rows": ("DELETE FROM shop._slate_ledger WHERE kind = 'migration'", "row"),
    "history": ("DELETE FROM shop._slate_ledger WHERE kind = 'apply' AND key = '0003_c'", "history"),
    "all history": ("DELETE FROM shop._slate_ledger WHERE kind = 'apply'", "history"),
    "text": ("UPDATE shop._slate_ledger SET body = body || ' ' WHERE key = '0001_a' AND kind = 'migration'", "text"),
    "checksum": (
        "UPDATE shop._slate_ledger SET checksum = repeat('0', 64) WHERE key = '0001_a' AND kind = 'migration'",
        "text",
    ),
    "no checksum": (
        "UPDATE shop._slate_ledger SET checksum = NULL WHERE key = '0001_a' AND kind = 'migration'",
        "text missing",
    ),
    "no text": (
        "UPDATE shop._slate_ledger SET checksum = NULL, body = NULL WHERE key = '0001_a' AND kind = 'migration'",
        "text missing",
    ),
    "rollback's text": (
        "UPDATE shop._slate_ledger SET rollback_body = 'SELECT 2' WHERE key = '0001_a' AND kind = 'migration'",
        "rollback text",
    ),
    "table": ("DROP TABLE shop._slate_ledger CASCADE", "ledger"),
}
WRITING = (
    ("apply",), ("apply", "--dry-run"), ("plan",), ("rollback", "shop"), ("rollback", "shop", "--all"),
    ("rollback", "shop", "--dry-run"), ("seed", "shop"), ("jobs", "run", "shop"), ("jobs", "run", "shop", "--due"),
)  # fmt: skip


def fill(shop: Workshop) -> None:
    shop.write("0001_a", "CREATE TABLE a ();", "DROP TABLE a;")
    shop.write("0002_Weird 'Name", 'CREATE TABLE "Weird Name" ();', 'DROP TABLE "Weird Name";')
    shop.write("0003_c", "CREATE TABLE c ();", "DROP TABLE c;")
    for kind, file, head in (("seeds", "reference", ""), ("jobs", "prune", "-- schedule: 0 3 * * *\n-- why: test\n")):
        path = shop.root / "sql" / "shop" / kind / f"{file}.sql"
        path.parent.mkdir(parents=True)
        path.write_text(f"{head}CREATE TABLE shop.{kind} ();\n")
    shop.apply()


def contents(shop: Workshop) -> list[tuple[str, str]]:
    there = "SELECT kind || ' ' || key, xmin::text FROM shop._slate_ledger UNION ALL "
    return shop.rows(
        (there if shop.exists("shop._slate_ledger") else "")
        + "SELECT relname::text, xmin::text FROM pg_class WHERE oid >= 16384 ORDER BY 1, 2"
    )


@pytest.mark.parametrize("hurt", HURTS)
def test_a_hurt_ledger_is_named_by_status_and_refused_by_what_writes(shop: Workshop, hurt: str) -> None:
    fill(shop)
    statement, kind = HURTS[hurt]
    shop.do(statement)
    before = contents(shop)
    status = shop.slate("status", "--json")
    (said,) = json.loads(status.stdout)["installations"]
    assert (status.returncode, said["up_to_date"]) == (3, False)
    assert {h["kind"] for h in said["hurt"]} == {kind}
    command = "slate adopt shop" if kind == "ledger" else "slate adopt shop --repair"
    assert {h["repair"] for h in said["hurt"]} == {command}
    shown = shop.slate("status").stdout
    assert "hurt" in shown.splitlines()[1].split()
    assert f"  repair: {command}" in shown
    for arguments in WRITING:
        ran = shop.slate(*arguments)
        assert ran.returncode == 1, (arguments, ran)
        assert f"`{command}`" in ran.stderr, (arguments, ran)
        assert "up to date" not in ran.stdout + ran.stderr
    assert contents(shop) == before


@pytest.mark.parametrize("hurt", HURTS)
def test_drift_and_backup_name_a_hurt_ledger_and_its_repair(shop: Workshop, hurt: str) -> None:
    fill(shop)
    statement, kind = HURTS[hurt]
    shop.do(statement)
    command = "`slate adopt shop`" if kind == "ledger" else "`slate adopt shop --repair`"
    for arguments in (("drift",), ("drift", "shop"), ("drift", "--json"), ("drift", "--format", "sarif")):
        ran = shop.slate(*arguments)
        assert (ran.returncode, command in ran.stderr) == (3, True), (arguments, ran)
    for names in ([], ["shop"]):
        ran = shop.slate("backup", *names, "--to", str(shop.root / f"backups{len(names)}"))
        assert (ran.returncode, command in ran.stderr) == (int(kind == "ledger"), True), ran


@pytest.mark.parametrize("hurt", HURTS)
def test_one_command_shows_what_it_puts_back_and_does_it_when_told(shop: Workshop, hurt: str) -> None:
    fill(shop)
    shop.do(HURTS[hurt][0])
    before = contents(shop)
    command = ("adopt", "shop") if hurt == "table" else ("adopt", "shop", "--repair")
    if hurt != "table":
        refused = shop.slate("adopt", "shop")
        assert (refused.returncode, "`slate adopt shop --repair`" in refused.stderr) == (1, True), refused
        shown = shop.slate(*command)
        assert (shown.returncode, "put back: the " in shown.stdout) == (3, True), shown
        assert contents(shop) == before
        command = (*command, "--yes")
    ran = shop.slate(*command)
    assert (ran.returncode, "shop: equal" in ran.stdout) == (0, True), ran
    status = shop.slate("status")
    assert status.returncode == 0, status
    drift = shop.slate("drift")
    assert drift.returncode == 0, drift
    assert shop.slate("adopt", "shop", "--repair").stdout == "shop: nothing to put back\n"
    assert shop.slate("rollback", "shop", "--all").returncode == 0
    assert not shop.exists("shop.a")
    assert not shop.state().hurts


def test_nothing_is_put_back_where_the_schema_differs_from_the_files(shop: Workshop) -> None:
    fill(shop)
    shop.do(f"{ROW.format('0003_c')}; DROP TABLE shop.c")
    before = contents(shop)
    ran = shop.slate("adopt", "shop", "--repair", "--yes")
    assert (ran.returncode, "nothing written" in ran.stdout, "shop.c" in ran.stdout) == (3, True, True), ran
    assert contents(shop) == before


def test_a_row_whose_file_is_gone_cannot_be_put_back_and_is_named(shop: Workshop) -> None:
    fill(shop)
    shop.do(ROW.format("0003_c"))
    for file in shop.folder.glob("0003_c*"):
        file.unlink()
    status = shop.slate("status")
    assert (status.returncode, "0003_c is applied in its history" in status.stdout) == (3, True), status
    ran = shop.slate("adopt", "shop", "--repair", "--yes")
    assert (ran.returncode, "its file is gone" in ran.stderr) == (1, True), ran


def test_what_lost_both_row_and_history_is_put_back_by_its_place(shop: Workshop) -> None:
    fill(shop)
    shop.do("DELETE FROM shop._slate_ledger WHERE key = '0001_a'")
    late = shop.slate("apply")
    assert (late.returncode, "`slate adopt shop --repair`" in late.stderr) == (1, True), late
    ran = shop.slate("adopt", "shop", "--repair", "--yes")
    assert (ran.returncode, "the row and the history of 0001_a" in ran.stdout) == (0, True), ran
    assert shop.slate("status").returncode == 0
    assert next(a.id for a in shop.state().applied) == "0001_a"


def test_a_clock_that_went_back_hurts_nothing(shop: Workshop) -> None:
    fill(shop)
    shop.rollback()
    shop.do("UPDATE shop._slate_ledger SET number = 1, ended_at = '1999-01-01' WHERE kind = 'rollback'")
    assert not shop.state().hurts
    shop.apply()
    assert not shop.state().hurts
    shop.do(ROW.format("0003_c"))
    assert [h.id for h in shop.state().hurts] == ["0003_c"]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE IF NOT EXISTS there ();", "DROP TABLE IF EXISTS there; CREATE TABLE there ();",
        "CREATE SCHEMA app; SET search_path = app; CREATE TABLE there ();", "CREATE TEMP TABLE there ();",
        "CREATE SCHEMA app; CREATE TABLE app.there ();", "-- CREATE TABLE there ();\nCREATE TABLE elsewhere ();",
    ],
)  # fmt: skip
def test_tables_that_the_files_do_not_make_again_are_no_lost_ledger(shop: Workshop, text: str) -> None:
    shop.do("CREATE SCHEMA shop; CREATE TABLE shop.there ()")
    shop.write("0001_a", text)
    assert "hurt" not in shop.slate("status").stdout
    assert shop.apply() == ["0001_a"]


def test_the_command_that_repairs_is_what_a_shell_takes(shop: Workshop) -> None:
    fill(shop)
    shop.apply(schema="Weird 'Name")
    shop.do("""DELETE FROM "Weird 'Name"._slate_ledger WHERE kind = 'migration' AND key = '0001_a'""")
    (hurt,) = shop.state("Weird 'Name").hurts
    assert shlex.split(hurt.repair) == ["slate", "adopt", "shop", "--repair", "--as", "Weird 'Name"]
    ran = shop.slate(*shlex.split(hurt.repair)[1:], "--yes")
    assert ran.returncode == 0, ran
    assert not shop.state("Weird 'Name").hurts
