"""slate status: what is applied, pending, edited or failed, with SELECT only."""

import json
import subprocess
import sys

from slate_pg.postgres.connection import connect


def test_status_exits_3_while_something_is_pending_and_0_when_nothing_is(slate, folder):
    before = slate("status", "--migrations", str(folder))
    assert before.code == 3
    assert "not installed" in before.out
    assert "pending: 0002_name_shops" in before.out
    slate("apply", "--migrations", str(folder))
    after = slate("status", "--migrations", str(folder))
    assert (after.code, "up to date" in after.out) == (0, True)


def test_status_as_json_is_one_document_on_stdout(slate, folder):
    slate("apply", "--migrations", str(folder), "--to", "0001_make_shops")
    ran = slate("status", "--json", "--migrations", str(folder))
    (installation,) = json.loads(ran.out)["installations"]
    assert ran.code == 3
    assert installation["schema"] == "public"
    assert [a["id"] for a in installation["applied"]] == ["0001_make_shops"]
    assert installation["pending"] == ["0002_name_shops"]
    assert installation["running"] is None


def test_a_job_whose_latest_run_failed_shows_in_status(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute(
            "INSERT INTO _slate_ledger (kind, key, attempt, began_at, note) VALUES "
            "('job', 'nightly', 1, '2026-01-02 03:00Z', 'disk full'), ('job', 'hourly', 1, '2026-01-02 03:00Z', 'once')"
        )
        connection.execute("INSERT INTO _slate_ledger (kind, key, attempt, rows) VALUES ('job', 'hourly', 1, 0)")
    shown = slate("status", "--migrations", str(folder))
    assert shown.code == 0  # what is applied is as it should be
    assert "  job failed: nightly at 2026-01-02 03:00 UTC: disk full" in shown.out
    assert "hourly" not in shown.out
    as_json = json.loads(slate("status", "--json", "--migrations", str(folder)).out)["installations"][0]
    assert as_json["failed_jobs"] == ["nightly at 2026-01-02 03:00 UTC: disk full"]


def test_status_needs_no_more_than_select(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE cli_watcher LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO cli_watcher")
    watcher = empty_database.replace("postgres@", "cli_watcher@")
    assert slate("status", "--migrations", str(folder), "--database", watcher).code == 0


def test_status_without_select_says_what_to_grant(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE cli_nobody LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    nobody = empty_database.replace("postgres@", "cli_nobody@")
    ran = slate("status", "--migrations", str(folder), "--database", nobody)
    assert (ran.code, "GRANT SELECT" in ran.err) == (1, True)


def test_a_late_file_is_said_to_be_late(slate, folder):
    slate("apply", "--migrations", str(folder))
    (folder / "0000_first.sql").write_text("SELECT 1;\n")
    (folder / "0000_first.rollback.sql").write_text("SELECT 1;\n")
    ran = slate("status", "--migrations", str(folder))
    assert (ran.code, "  late: 0000_first" in ran.out.splitlines()) == (3, True)
    assert ran.out.splitlines()[1].endswith("late")
    shown = json.loads(slate("status", "--json", "--migrations", str(folder)).out)["installations"][0]
    assert (shown["late"], shown["up_to_date"]) == (["0000_first"], False)


# What a status of whatever size may import of ours and of others; each costs a millisecond that people wait for.
HEAVY = (
    "typer",
    "psycopg",
    "psycopg_binary",
    "rich",
    "jinja2",
    "yoyo",
    "asyncio",
    "logging",
    "socket",
    "random",
    "email",
    "csv",
)
OURS = {
    "", ".cli", ".cli.asked", ".cli.ending", ".cli.opening", ".cli.output", ".cli.plain", ".cli.spoken",
    ".cli.standing", ".config", ".conninfo", ".environments", ".errors",
    ".fleet", ".fleet.relocation", ".fleet.relocation.mark", ".fleet.spares", ".hooks",
    ".libpq", ".migrations", ".migrations.alone", ".migrations.baselines",
    ".migrations.elsewhere", ".migrations.files", ".migrations.folders", ".migrations.formats",
    ".migrations.formats.listing", ".migrations.hurts", ".migrations.installations", ".migrations.keeping",
    ".migrations.ledger", ".migrations.locking", ".migrations.order", ".migrations.recorded", ".migrations.repeatable",
    ".migrations.repeatable.reading", ".migrations.repeatable.records", ".migrations.repeatable.standing",
    ".migrations.replacing", ".migrations.script", ".migrations.several", ".migrations.state", ".migrations.written",
    ".postgres", ".postgres.connection", ".postgres.later", ".postgres.light", ".postgres.pins", ".postgres.prescan",
    ".settings", ".sqlfiles",
}  # fmt: skip


def test_a_status_imports_no_more_than_it_needs(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    show = "import sys, slate_pg.cli as c\ntry: c.main()\nexcept SystemExit as e: print(e.code)\n"
    show += "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    asked = ["status", "--migrations", str(folder), "--database", empty_database]
    ran = subprocess.run([sys.executable, "-c", show, *asked], capture_output=True, text=True, check=True)
    loaded = ran.stderr.split()
    assert "up to date" in ran.stdout
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}
    assert {name for name in loaded if name.startswith("slate_pg")} <= {f"slate_pg{name}" for name in OURS}


def test_what_is_wrong_with_a_connection_is_told_as_by_every_command(folder, empty_database):
    """A status asks through libpq first; what psycopg says of a failure is what people see."""
    for url in (empty_database + "_gone", "host=127.0.0.1 port=1 user=nobody"):
        said = [
            subprocess.run(
                [sys.executable, "-m", "slate_pg", *command, "--migrations", str(folder), "--database", url],
                capture_output=True, text=True, check=False,
            )
            for command in (["status"], ["seed"])
        ]  # fmt: skip
        assert [ran.returncode for ran in said] == [1, 1]
        assert said[0].stderr.startswith("error: cannot connect to ")
        assert said[0].stderr == said[1].stderr
