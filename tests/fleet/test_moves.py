"""A fleet is moved as one: canaries first, the busy later, failures counted, and the same command goes on."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from slate_pg.cli import main
from slate_pg.migrations import ledger
from slate_pg.postgres.connection import connect
from tests.fleet.conftest import Fleet
from tests.workshop import COMMAND, captured, eventually

ALL = [("north", "Weird Name"), ("north", "alpha"), ("north", "select"), ("south", "alpha"), ("south", "ünïcode")]
FIRST, SECOND = "apply shop_0001_t", "apply shop_0002_u"


def plain(found: dict[tuple[str, str], list[str]]) -> dict[tuple[str, str], list[str]]:
    return {(server, schema.strip('"')): ran for (server, schema), ran in found.items()}


@pytest.fixture
def pending(fleet: Fleet) -> Fleet:
    """The fleet with a second migration that is applied nowhere."""
    fleet.shop.write(
        "shop_0002_u",
        "CREATE TABLE u (id integer);\nALTER TABLE t ADD COLUMN n integer;",
        "DROP TABLE u; ALTER TABLE t DROP COLUMN n;",
    )
    return fleet


def test_status_says_how_many_are_where_and_exits_3_while_one_is_behind(pending: Fleet) -> None:
    *each, last = pending.lines("status")
    assert sorted((o["server"], o["schema"]) for o in each) == ALL
    assert {(o["state"], o["last"], tuple(o["pending"])) for o in each} == {
        ("pending", "shop_0001_t", ("shop_0002_u",))
    }
    assert [(g["state"], g["installations"]) for g in last["summary"]] == [("pending", 5)]
    assert pending.slate("status").returncode == 3
    assert pending.slate("apply").returncode == 0
    assert pending.slate("status").returncode == 0


def test_an_apply_reaches_every_installation_once_and_again_has_nothing_to_do(pending: Fleet) -> None:
    *each, last = pending.lines("apply")
    assert {(o["state"], tuple(o["ids"])) for o in each} == {("done", ("shop_0002_u",))}
    assert last["summary"][0]["state"] == "applied"
    again = pending.slate("apply")
    assert (again.returncode, "up to date" in again.stdout) == (0, True)
    assert plain(pending.ledgers()) == {place: [FIRST, SECOND] for place in ALL}


def test_a_rollback_goes_back_to_one_migration_everywhere_and_again_undoes_nothing_more(pending: Fleet) -> None:
    pending.slate("apply")
    for said in ("rolled back", "nothing to roll back"):
        ran = pending.slate("rollback", "--to", "shop_0001_t")
        assert (ran.returncode, said in ran.stdout) == (0, True)
    assert {m["last"] for m in pending.lines("status")[:-1]} == {"shop_0001_t"}
    assert pending.slate("rollback").returncode == 2
    assert pending.slate("rollback", "--to", "shop_0009").returncode == 2
    assert pending.slate("rollback", "--all").returncode == 0
    # What was there once still is of the fleet.
    assert pending.slate("apply").returncode == 0
    assert {m["last"] for m in pending.lines("status")[:-1]} == {"shop_0002_u"}
    assert len(pending.lines("status")) == 6


def test_match_picks_by_name(pending: Fleet) -> None:
    *each, _ = pending.lines("apply", "--match", "[aW]*")
    assert sorted((o["server"], o["schema"]) for o in each) == [ALL[0], ALL[1], ALL[3]]
    ran = pending.slate("apply", "--match", "nobody*")
    assert (ran.returncode, "no installation of shop fits 'nobody*'" in ran.stderr) == (2, True)


@pytest.mark.parametrize("canary", [["1"], ["select"], ["south alpha"], ["alpha,select"]])
def test_a_canary_that_fails_stops_the_run_and_the_others_are_as_they_were(fleet: Fleet, canary: list[str]) -> None:
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer); SELECT 1 / 0;")
    ran = fleet.slate("apply", "--canary", *canary)
    assert ran.returncode == 1
    assert "not begun" in ran.stdout
    assert "division by zero" in ran.stderr
    assert set(map(tuple, fleet.ledgers().values())) == {(FIRST,)}


@pytest.mark.parametrize(
    ("check", "code"),
    [("SELECT count(*) = 0 FROM u", 0), ("SELECT false", 3), ("SELECT NULL::boolean", 3), ("SELECT 1 WHERE false", 3),
     ("-- a comment\nSELECT count(*) = 1 FROM u", 3), ("SELECT nonsense", 3), ("SELECT nextval('s')", 3),
     ("true", 0), ("exit 7", 3), ('test "$SLATE_SCHEMA" = "Weird Name"', 0), ('psql_does_not_exist "$DATABASE_URL"', 3)],
)  # fmt: skip
def test_a_check_of_the_canary_decides_about_the_others(pending: Fleet, check: str, code: int) -> None:
    ran = pending.slate("apply", "--canary", "Weird Name", "--canary-check", check)
    assert ran.returncode == code, ran.stderr
    reached = {place for place, ran in plain(pending.ledgers()).items() if SECOND in ran}
    assert reached == (set(ALL) if code == 0 else {("north", "Weird Name")})


def test_a_check_that_said_no_is_asked_again_by_the_same_command(pending: Fleet) -> None:
    command = ("apply", "--canary", "1", "--canary-check", "SELECT count(*) = 1 FROM t")
    assert pending.slate(*command).returncode == 3
    assert pending.slate(*command).returncode == 3
    pending.shop.do('INSERT INTO "Weird Name".t VALUES (1)')
    assert pending.slate(*command).returncode == 0


def test_a_check_needs_a_canary_and_a_canary_a_name_that_is_there(pending: Fleet) -> None:
    assert pending.slate("apply", "--canary-check", "SELECT true").returncode == 2
    ran = pending.slate("apply", "--canary", "selct")
    assert (ran.returncode, 'Did you mean "select"?' in ran.stderr) == (2, True)
    assert pending.slate("apply", "--canary", "0").returncode == 2


def fail_in(fleet: Fleet, *schemas: str) -> None:
    """Let the second migration fail where a table has a row that it does not allow."""
    fleet.shop.write(
        "shop_0002_u",
        "ALTER TABLE t ADD CONSTRAINT t_id_small CHECK (id < 10);",
        "ALTER TABLE t DROP CONSTRAINT t_id_small;",
    )
    for schema in schemas:
        fleet.shop.do(f'INSERT INTO "{schema}".t VALUES (77)')


def test_more_failures_than_allowed_begin_nothing_more_and_the_same_command_goes_on(fleet: Fleet) -> None:
    fail_in(fleet, "Weird Name", "alpha", "select")
    *each, last = fleet.lines("apply", "--jobs", "1", "--max-failures", "2")
    states = sorted((o["server"], o["state"]) for o in each)
    assert states.count(("north", "failed")) == 2
    assert states.count(("north", "not begun")) == 1
    failed = next(o for o in each if o["state"] == "failed")
    assert failed["error"]["sqlstate"] == "23514"
    assert failed["error"]["line"] == 1
    assert sum(g["installations"] for g in last["summary"]) == 5
    fleet.shop.do('DELETE FROM "Weird Name".t; DELETE FROM alpha.t; DELETE FROM "select".t')
    assert fleet.slate("apply").returncode == 0
    assert plain(fleet.ledgers()) == {place: [FIRST, SECOND] for place in ALL}


def test_one_that_failed_is_tried_again_as_often_as_asked(fleet: Fleet) -> None:
    fail_in(fleet, "alpha")
    *each, _ = fleet.lines("apply", "--retry", "2")
    assert {o["attempts"] for o in each if o["state"] == "failed"} == {3}
    assert [o["schema"] for o in each if o["state"] == "failed"] == ["alpha"]
    assert sum(o["state"] == "done" for o in each) == 4


def test_a_busy_installation_comes_last_and_holds_nobody_up(pending: Fleet) -> None:
    with pending.shop.session() as holder:
        holder.execute("SELECT * FROM alpha.t; SELECT pg_sleep(0.3)")
        *each, _ = pending.lines("apply", "--jobs", "1", "--wait", "2")
        assert [o["schema"] for o in each if o["server"] == "north"][-1] == "alpha", each
        (busy,) = [o for o in each if o["state"] == "busy"]
        assert "stayed in use" in busy["error"]["message"]
        assert sum(o["state"] == "done" for o in each) == 4
        holder.rollback()
    assert pending.slate("apply").returncode == 0
    assert plain(pending.ledgers()) == {place: [FIRST, SECOND] for place in ALL}


def test_a_server_that_does_not_answer_is_said_and_the_others_go_on(pending: Fleet) -> None:
    text = pending.listed.read_text()
    pending.listed.write_text(text + 'gone = "host=/nowhere dbname=x"\n')
    ran = pending.slate("apply")
    assert ran.returncode == 1
    assert "gone is unreachable: cannot connect to" in ran.stderr
    assert plain(pending.ledgers()) == {place: [FIRST, SECOND] for place in ALL}
    *_, last = pending.lines("status")
    assert [u["server"] for u in last["unreachable"]] == ["gone"]
    assert pending.slate("status").returncode == 1


def test_what_all_build_on_comes_first_on_each_server(fleet: Fleet) -> None:
    core = fleet.shop.root / "migrations" / "core"
    core.mkdir()
    (core / "core_1.sql").write_text("CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';")
    (core / "core_1.rollback.sql").write_text("DROP FUNCTION one();")
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer DEFAULT core.one());", "DROP TABLE u;")
    *each, _ = fleet.lines("apply", "--canary", "ünïcode")
    assert [(o["server"], o["schema"]) for o in each][:2] == [("south", "core"), ("south", "ünïcode")]
    assert sum(o["schema"] == "core" for o in each) == 2
    assert fleet.slate("status").returncode == 0


def test_what_all_build_on_fails_and_nobody_on_that_server_is_touched(fleet: Fleet) -> None:
    core = fleet.shop.root / "migrations" / "core"
    core.mkdir()
    (core / "core_1.sql").write_text("SELECT 1 / 0;")
    (core / "core_1.rollback.sql").write_text("SELECT 1;")
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);")
    ran = fleet.slate("apply", "--max-failures", "9")
    assert (ran.returncode, "not begun" in ran.stdout) == (1, True)
    assert {tuple(h) for place, h in fleet.ledgers().items() if place[1] != "core"} == {(FIRST,)}


def test_a_run_that_is_killed_is_taken_up_and_each_migration_runs_once(fleet: Fleet) -> None:
    for n in range(2, 6):
        fleet.shop.write(f"shop_{n:04}_x", f"INSERT INTO t VALUES ({n}); SELECT pg_sleep(0.05);")
    command = [*COMMAND, "fleet", "apply", "shop", "--servers", str(fleet.listed), "--jobs", "1"]
    for number in range(1, 6):
        process = subprocess.Popen(
            [*command, "--migrations", str(fleet.shop.folder.parent)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def goes_on(process: subprocess.Popen[bytes] = process, least: int = 5 + 2 * number) -> bool:
            return sum(map(len, fleet.ledgers().values())) > least or process.poll() is not None

        eventually(goes_on, "progress")
        process.send_signal(signal.SIGKILL)
        process.wait()
    ran = fleet.slate("apply")
    assert ran.returncode == 0, ran.stderr
    wanted = [FIRST, *(f"apply shop_{n:04}_x" for n in range(2, 6))]
    assert plain(fleet.ledgers()) == dict.fromkeys(ALL, wanted)
    for each, schemas in ((fleet.shop, ("alpha", '"Weird Name"')), (fleet.other, ("alpha", '"ünïcode"'))):
        for schema in schemas:
            assert each.rows(f"SELECT id FROM {schema}.t ORDER BY id") == [(2,), (3,), (4,), (5,)]


def test_seeds_reach_every_installation(fleet: Fleet) -> None:
    seeds = fleet.shop.root / "sql" / "shop" / "seeds"
    seeds.mkdir(parents=True)
    assert fleet.slate("seed", "--set", "demo").returncode == 2
    (seeds / "demo.sql").write_text("INSERT INTO t SELECT 5 WHERE NOT EXISTS (SELECT FROM t);")
    for _ in range(2):
        assert fleet.slate("seed", "--set", "demo").returncode == 0
    assert [fleet.shop.value(f"SELECT count(*) FROM {s}.t") for s in ("alpha", '"Weird Name"', '"select"')] == [1, 1, 1]
    assert fleet.slate("seed", "--set", "dmo").returncode == 2


def test_a_ledger_that_may_not_be_read_is_named_and_the_others_are_moved(pending: Fleet) -> None:
    pending.shop.do(f"ALTER TABLE alpha._slate_ledger DROP CONSTRAINT _slate_ledger_version_{ledger.VERSION}")
    ran = pending.slate("apply")
    assert ran.returncode == 1
    assert "north alpha is left out" in ran.stderr
    assert {p for p, ran in plain(pending.ledgers()).items() if SECOND in ran} == set(ALL) - {("north", "alpha")}
    assert pending.slate("apply", "--match", "[!a]*").returncode == 0


def test_a_ledger_of_another_product_is_no_member(fleet: Fleet) -> None:
    folder = fleet.shop.root / "others" / "migrations" / "bakery"
    folder.mkdir(parents=True)
    (folder / "bakery_1.sql").write_text("CREATE TABLE breads ();")
    (folder / "bakery_1.rollback.sql").write_text("DROP TABLE breads;")
    ran = captured(main, "slate", "apply", "--migrations", str(folder.parent), "--database", fleet.shop.url)
    assert ran.returncode == 0, ran.stderr
    assert len(fleet.lines("status")) == 6


def test_backups_of_a_fleet_are_what_restore_takes_a_folder_for_each_server(fleet: Fleet, tmp_path: Path) -> None:
    fleet.shop.do("INSERT INTO alpha.t VALUES (41)")
    ran = fleet.slate("backup", "--to", str(tmp_path / "to"))
    assert (ran.returncode, "backed up" in ran.stdout) == (0, True), ran.stderr
    assert {p.name: len(list(p.iterdir())) for p in (tmp_path / "to").iterdir()} == {"north": 3, "south": 2}
    (folder,) = (tmp_path / "to" / "north").glob("*-alpha")
    restored = captured(main, "slate", "restore", str(folder), "--as", "again", "--database", fleet.shop.url)
    assert restored.returncode == 0, restored.stderr
    assert fleet.shop.rows("SELECT id FROM again.t") == [(41,)]
    assert len(fleet.lines("status")) == 7


def test_drift_of_a_fleet_names_the_installation_that_differs(fleet: Fleet) -> None:
    fleet.other.do('ALTER TABLE "ünïcode".t ADD COLUMN strange text')
    *each, last = fleet.lines("drift")
    assert {(o["server"], o["schema"]): len(o["differences"]) for o in each} == {
        place: int(place[1] == "ünïcode") for place in ALL
    }
    assert last["summary"] == {"compared": 5, "differing": 1}
    ran = fleet.slate("drift")
    assert (ran.returncode, ".t.strange: not expected" in ran.stdout) == (3, True)


def test_plan_of_a_fleet_is_rehearsed_once_for_each_state(fleet: Fleet) -> None:
    fleet.shop.write("shop_0002_u", "ALTER TABLE t ALTER COLUMN id TYPE bigint;", "SELECT 1;")
    with connect(fleet.shop.url) as connection:
        connection.execute('INSERT INTO "select".t SELECT generate_series(1, 30000); ANALYZE "select".t')
    plans = fleet.lines("plan")
    assert [len(p["installations"]) for p in plans[:-1]] == [5]
    assert plans[0]["rehearsed"]["schema"] == "select"
    assert plans[-1]["summary"]["states"] == 1
    assert fleet.slate("plan").returncode == 3
    fleet.slate("apply", "--match", "al*")
    assert [len(p["installations"]) for p in fleet.lines("plan")[:-1]] == [3]


def test_jobs_of_a_fleet_are_due_until_they_have_run_everywhere(fleet: Fleet) -> None:
    folder = fleet.shop.root / "sql" / "shop" / "jobs"
    folder.mkdir(parents=True)
    (folder / "tidy.sql").write_text("-- schedule: 0 3 * * *\n-- why: it grows\nINSERT INTO t VALUES (9);\n")
    ran = fleet.slate("jobs")
    assert (ran.returncode, "tidy" in ran.stdout) == (3, True)
    for _ in range(2):
        assert fleet.slate("jobs", "--run").returncode == 0
    assert fleet.slate("jobs").returncode == 0
    assert [fleet.shop.value(f"SELECT count(*) FROM {s}.t") for s in ("alpha", '"Weird Name"')] == [1, 1]
    assert fleet.slate("jobs", "tdy").returncode == 2


def test_doctor_of_a_fleet_names_server_and_object(fleet: Fleet) -> None:
    fleet.other.do(
        'CREATE TABLE "ünïcode".parents (id integer PRIMARY KEY); CREATE TABLE "ünïcode".c (p integer REFERENCES "ünïcode".parents)'
    )
    ran = fleet.slate("doctor")
    assert ran.returncode == 3
    assert "south " in ran.stdout
    assert any(o.get("server") == "south" and "c" in o["object"] for o in fleet.lines("doctor")[:-1])


def test_repeatable_files_are_applied_everywhere_and_a_changed_one_again(fleet: Fleet) -> None:
    folder = fleet.shop.folder / "repeatable"
    folder.mkdir()
    for number in (1, 2):
        (folder / "v.sql").write_text(f"CREATE OR REPLACE VIEW v AS SELECT {number} AS n;")
        assert {o["state"] for o in fleet.lines("status")[:-1]} == {"repeatable changed"}
        ran = fleet.slate("apply")
        assert ran.returncode == 0, ran.stderr
        assert [fleet.shop.value(f"SELECT n FROM {s}.v") for s in ("alpha", '"Weird Name"', '"select"')] == [number] * 3
        assert fleet.slate("status").returncode == 0


def test_a_fleet_whose_members_differ_in_any_way_is_told_one_by_one(fleet: Fleet) -> None:
    fleet.shop.write("shop_0001_t", "CREATE TABLE t (id integer NOT NULL, other text);", "DROP TABLE t;")
    assert {o["state"] for o in fleet.lines("status")[:-1]} == {"edited"}
    assert fleet.slate("apply").returncode == 1
    fleet.shop.write("shop_0001_t", "CREATE TABLE t (id integer NOT NULL);", "DROP TABLE t;")
    fleet.shop.do("UPDATE alpha._slate_ledger SET body = 'CREATE TABLE x ()' WHERE kind = 'migration'")
    fleet.other.do("DELETE FROM alpha._slate_ledger WHERE kind = 'apply'")
    states = {(o["server"], o["schema"]): o["state"] for o in fleet.lines("status")[:-1]}
    assert states == {place: "hurt" if place[1] == "alpha" else "up to date" for place in ALL}


def test_drift_of_a_fleet_knows_each_by_its_own_name_and_is_built_once_a_state(fleet: Fleet) -> None:
    fleet.shop.write(
        "shop_0002_u",
        "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT n * 2';\n"
        "CREATE TABLE log (at timestamptz, n integer DEFAULT twice(2)) PARTITION BY RANGE (at);\n"
        "CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n"
        "CREATE VIEW v AS SELECT twice(id) AS n FROM t;\nCOMMENT ON TABLE t IS 'of alpha and of select';",
    )
    assert fleet.slate("apply").returncode == 0
    *each, last = fleet.lines("drift")
    assert last["summary"] == {"compared": 5, "differing": 0}, each
    for schema in ("alpha", '"select"'):
        fleet.shop.do(f"CREATE INDEX extra ON {schema}.t (id); ALTER VIEW {schema}.v RENAME COLUMN n TO m")
    said = {(o["server"], o["schema"]): o["differences"] for o in fleet.lines("drift")[:-1]}
    assert {place for place, lines in said.items() if lines} == {("north", "alpha"), ("north", "select")}
    assert any("alpha.t" in line for line in said["north", "alpha"])
    assert any('"select".t' in line for line in said["north", "select"])
    assert not any("alpha" in line for line in said["north", "select"])


def test_an_interrupted_run_says_that_the_same_command_goes_on(fleet: Fleet) -> None:
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer); SELECT pg_sleep(60);")
    command = [*COMMAND, "fleet", "apply", "shop", "--servers", str(fleet.listed)]
    process = subprocess.Popen(
        [*command, "--migrations", str(fleet.shop.folder.parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    asleep = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    for server in (fleet.shop, fleet.other):
        eventually(lambda server=server: server.rows(asleep), "the migration runs")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, "the same command goes on" in said) == (130, True)
    for server in (fleet.shop, fleet.other):
        assert not server.rows(asleep), "what nobody waits for any more is cancelled on its server"
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    assert fleet.slate("apply").returncode == 0
    assert plain(fleet.ledgers()) == {place: [FIRST, SECOND] for place in ALL}


def test_a_name_in_the_place_of_the_own_is_drift_where_a_migration_says_it(fleet: Fleet) -> None:
    fleet.shop.write("shop_0002_u", "COMMENT ON TABLE t IS 'as in alpha'")
    assert fleet.slate("apply").returncode == 0
    fleet.shop.do("COMMENT ON TABLE \"select\".t IS 'as in select'")
    found = {(o["server"], o["schema"]): o["differences"] for o in fleet.lines("drift")[:-1]}
    assert [place for place, lines in found.items() if lines] == [("north", "select")]
    ran = fleet.shop.slate_with("drift", "shop", "--database", fleet.shop.url)
    assert (ran.returncode, '"select".t' in ran.stdout) == (3, True), ran.stderr


def test_what_differs_in_one_of_many_is_said_of_that_one_and_of_each_that_differs_alike(fleet: Fleet) -> None:
    for number in range(6):
        fleet.shop.apply(schema=f"tenant_{number}")
    ran = fleet.shop.slate_with("drift", "shop", "--database", fleet.shop.url)
    assert (ran.returncode, "look the same" in ran.stderr) == (0, True), ran.stderr
    fleet.shop.do("; ".join(f"CREATE INDEX extra ON tenant_{n}.t (id)" for n in (2, 3)))
    ran = fleet.shop.slate_with("drift", "shop", "--database", fleet.shop.url)
    assert ran.returncode == 3
    assert sorted(line.split()[2] for line in ran.stdout.splitlines()) == ["tenant_2.extra:", "tenant_3.extra:"]
    fleet.shop.do("UPDATE tenant_5._slate_ledger SET body = 'SELECT 1' WHERE kind = 'migration'")
    ran = fleet.shop.slate_with("drift", "shop", "--database", fleet.shop.url)
    assert (ran.returncode, "tenant_5" in ran.stdout) == (3, True), ran.stdout
