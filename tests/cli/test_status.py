"""slate status: what is applied, pending, edited or failed, with SELECT only."""

import json

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
