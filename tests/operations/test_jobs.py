"""Jobs as a DBA hands them over: on record, never twice at once, retried, due when their time has come."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slate_pg.config import Product, find_project
from slate_pg.errors import FileError, SlateError
from slate_pg.migrations import ledger, upgrade
from slate_pg.migrations.runner import Run
from slate_pg.operations import job_order, job_schedule, jobs
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import FAST, disposable

ROOT = Path(__file__).parents[2]


def write(product, name, text, **header):
    lines = {"schedule": "0 3 * * *", "why": "a test", **header}
    path = product.sql / "jobs" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"-- {k}: {v}\n" for k, v in lines.items()) + text + ";\n")
    return next(job for job in jobs.read_jobs(product) if job.name == name)


@pytest.fixture
def product(tmp_path):
    (tmp_path / "migrations").mkdir()
    return Product("shop", tmp_path / "migrations", tmp_path / "sql", "shop")


@pytest.fixture
def run(db_committed, product):
    upgrade.create(db_committed.connection, "shop")
    db_committed.execute("CREATE TABLE shop.log (note text)")
    return Run(db_committed.connection, product, None)


def record(db, job):
    return db.rows(
        "SELECT attempt, rows, note FROM shop._slate_ledger WHERE kind = 'job' AND key = %s ORDER BY number", job.name
    )


def test_a_run_is_on_record_with_its_rows(run, product, db_committed):
    job = write(product, "note_it", "INSERT INTO log VALUES ('one'), ('two') RETURNING note")
    outcome = jobs.run_job(run, job)
    assert (outcome.state, outcome.rows) == ("done", 2)
    assert outcome.result == ({"note": "one"}, {"note": "two"})
    assert record(db_committed, job) == [(1, 2, None)]


def test_a_failing_job_changes_nothing_and_its_error_is_on_record(run, product, db_committed):
    job = write(product, "fail", "WITH w AS (INSERT INTO log VALUES ('x') RETURNING 1) SELECT 1 / 0 FROM w")
    outcome = jobs.run_job(run, job)
    assert (outcome.state, outcome.error) == ("failed", "division by zero (22012)")
    assert record(db_committed, job) == [(1, None, "division by zero (22012)")]
    assert db_committed.rows("SELECT * FROM shop.log") == []


def test_a_failing_job_is_retried_as_its_header_says(run, product, db_committed):
    job = write(product, "fail", "SELECT 1 / 0", retries=2)
    waited = []
    assert jobs.run_job(run, job, sleep=waited.append).state == "failed"
    assert [attempt for attempt, _, _ in record(db_committed, job)] == [1, 2, 3]
    assert waited == [2.0, 4.0]


def test_a_job_that_recovers_is_done(run, product, db_committed):
    job = write(product, "recover", "INSERT INTO later VALUES (1)", retries=1)
    outcome = jobs.run_job(run, job, sleep=lambda _: db_committed.execute("CREATE TABLE shop.later (x integer)"))
    assert outcome.state == "done"
    assert [error is None for _, _, error in record(db_committed, job)] == [False, True]


def test_the_headers_timeout_ends_a_job(run, product):
    job = write(product, "slow", "SELECT pg_sleep(60)", timeout="50ms")
    assert jobs.run_job(run, job).error == "canceling statement due to statement timeout (57014)"


def test_a_job_outside_a_transaction_can_vacuum(run, product):
    assert jobs.run_job(run, write(product, "tidy", "VACUUM log", transaction="no")).state == "done"


def test_one_job_never_runs_twice_at_once(run, product, db_committed):
    job = write(product, "alone", "SELECT 1")
    with db_committed.sessions(1) as (other,):
        other.execute("SELECT pg_advisory_lock(%s)", ledger.lock_key("shop/job/alone"))
        assert jobs.run_job(run, job).state == "running elsewhere"
    assert record(db_committed, job) == []


def test_a_job_killed_half_way_is_closed_by_the_next_run(run, product, db_committed):
    job = write(product, "killed", "SELECT pg_sleep(60)")
    info = db_committed.connection.info
    code = (
        "import sys; from pathlib import Path; from slate_pg.operations import jobs; from slate_pg.config import Product;"
        "from slate_pg.postgres.connection import connect; from slate_pg.migrations.runner import Run;"
        "p = Product('shop', Path(sys.argv[2]), Path(sys.argv[2]), 'shop');"
        "jobs.run_job(Run(connect(sys.argv[1]), p, None), jobs.read_jobs(p)[0])"
    )
    url = f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"
    process = subprocess.Popen([sys.executable, "-c", code, url, str(product.sql)])
    running = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    while not db_committed.rows(running):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    pid = db_committed.value(running)
    db_committed.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
    assert record(db_committed, job) == [(1, None, None)]
    quick = write(product, "killed", "SELECT 1")
    assert jobs.run_job(run, quick).state == "done"
    assert record(db_committed, job) == [(1, None, "cut short"), (1, 1, None)]


def test_a_job_is_due_when_its_time_came_round_since_it_last_ran_well(product):
    job = write(product, "daily", "SELECT 1", schedule="0 3 * * *")
    three = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
    assert jobs.is_due(job, None, three)
    ran = jobs.LastRun("daily", three, three, 1, None)
    assert not jobs.is_due(job, ran, three + timedelta(hours=23, minutes=59))
    assert jobs.is_due(job, ran, three + timedelta(hours=24))
    assert jobs.is_due(job, replace(ran, error="failed"), three + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("header", "said"),
    [({"schedule": "at night"}, "no cron expression"), ({"why": ""}, "no `-- why:` line")],
)
def test_a_job_without_a_usable_header_is_refused_by_name(product, header, said):
    with pytest.raises(FileError, match=said):
        write(product, "bad", "SELECT 1", **header)


@pytest.mark.parametrize(
    ("cron", "calendar"),
    [
        ("10 0 * * *", "*-*-* 00:10:00 UTC"),
        ("30 2 * * 0", "Sun *-*-* 02:30:00 UTC"),
        ("*/30 * * * *", "*-*-* *:0/30:00 UTC"),
        ("0 2 2 1 *", "*-01-02 02:00:00 UTC"),
    ],
)
def test_a_schedule_in_systemds_words(cron, calendar):
    assert job_schedule.on_calendar(cron) == calendar


def test_a_statement_for_pg_cron_names_its_schema(run, product):
    job = write(product, "tidy", "VACUUM (ANALYZE) log", transaction="no")
    assert job_schedule.qualified(run.connection, job) == 'VACUUM (ANALYZE) "shop".log'


def ordered(product):
    return [job.name for job in job_order.read_in_order(product)]


def test_a_job_stands_behind_those_it_comes_after_and_else_by_name(product):
    write(product, "a", "SELECT 1", after="c, d")
    for name in ("b", "c"):
        write(product, name, "SELECT 1")
    write(product, "d", "SELECT 1", after="b")
    assert ordered(product) == ["b", "c", "d", "a"]


def test_a_circle_of_jobs_is_refused_by_their_names(product):
    for name, after in (("a", "c"), ("b", "a"), ("c", "b")):
        write(product, name, "SELECT 1", after=after)
    with pytest.raises(FileError, match=r"in a circle: (a -> c -> b -> a|b -> a -> c -> b|c -> b -> a -> c)"):
        ordered(product)


@pytest.mark.parametrize("after", ["c", "a", "b c"])
def test_a_job_that_comes_after_no_job_or_itself_is_refused_by_name(product, after):
    write(product, "a", "SELECT 1", after=after)
    write(product, "b", "SELECT 1")
    with pytest.raises(FileError, match=r'names "c", which is no job|in a circle: a -> a'):
        ordered(product)


@pytest.mark.parametrize(
    ("mine", "theirs", "refused"),
    [
        ("30 1 * * *", "40 1 * * *", True),
        ("40 1 * * *", "40 1 * * *", False),
        ("50 1 * * *", "40 1 * * *", False),
        ("30 1 * * 0", "40 1 * * *", True),
        ("30 1 2 * *", "40 1 1 * *", False),
    ],
)
def test_a_schedule_against_the_order_is_refused(product, mine, theirs, refused):
    write(product, "fold", "SELECT 1", schedule=theirs)
    write(product, "forget", "SELECT 1", schedule=mine, after="fold")
    if refused:
        with pytest.raises(FileError, match='runs at 01:30, after "fold", which runs at 01:40'):
            ordered(product)
    else:
        assert ordered(product) == ["fold", "forget"]


def outcomes(run, product, *names, last=None, now=datetime(2026, 5, 4, 12, tzinfo=UTC)):
    known = job_order.read_in_order(product)
    return [(o.job, o.state) for o in job_order.run_in_order(run, known, names, last or {}, now)]


def test_what_a_job_comes_after_runs_first_where_it_is_due(run, product):
    write(product, "a_late", "INSERT INTO log SELECT count(*)::text FROM log", after="b_early")
    write(product, "b_early", "INSERT INTO log VALUES ('early')")
    assert outcomes(run, product, "a_late") == [("b_early", "done"), ("a_late", "done")]
    fresh = jobs.LastRun("b_early", datetime(2026, 5, 4, 3, tzinfo=UTC), datetime(2026, 5, 4, 3, tzinfo=UTC), 1, None)
    assert outcomes(run, product, "a_late", last={"b_early": fresh}) == [("a_late", "done")]
    failed = replace(fresh, error="division by zero")
    assert outcomes(run, product, "a_late", last={"b_early": failed})[0] == ("b_early", "done")


def test_a_job_waits_where_what_it_comes_after_failed_or_runs_elsewhere(run, product, db_committed):
    write(product, "late", "INSERT INTO log VALUES ('late')", after="early")
    write(product, "later", "INSERT INTO log VALUES ('later')", after="late")
    write(product, "early", "SELECT 1 / 0")
    waits = [("late", "waiting"), ("later", "waiting")]
    assert outcomes(run, product, "later", "late") == [("early", "failed"), *waits]
    with db_committed.sessions(1) as (other,):
        other.execute("SELECT pg_advisory_lock(%s)", ledger.lock_key("shop/job/early"))
        assert outcomes(run, product, "later", "late") == [("early", "running elsewhere"), *waits]
    assert db_committed.rows("SELECT * FROM shop.log") == []


def test_a_timer_of_systemd_starts_after_what_it_comes_after(product):
    write(product, "early", "SELECT 1")
    write(product, "late", "SELECT 1", after="early")
    units = job_schedule.systemd_units(job_order.read_in_order(product))
    assert next(iter(units)) == "slate-shop-early.service"
    assert "After=slate-shop-early.service" in units["slate-shop-late.service"].splitlines()


def test_pg_cron_is_given_a_job_behind_what_it_comes_after(run, product):
    write(product, "early", "INSERT INTO log VALUES ('early')")
    write(product, "late", "INSERT INTO log VALUES ('late')", after="early")
    early, late = job_order.read_in_order(product)
    run.connection.execute(job_schedule.pg_cron_command(run, late, [early]).encode())
    assert run.connection.execute("SELECT note FROM shop.log").fetchall() == [("early",), ("late",)]


@pytest.mark.parametrize("outside", ["early", "late"])
def test_pg_cron_is_refused_an_order_it_cannot_keep(run, product, outside):
    write(product, "early", "SELECT 1", transaction="no" if outside == "early" else "yes")
    write(product, "late", "SELECT 1", after="early", transaction="no" if outside == "late" else "yes")
    early, late = job_order.read_in_order(product)
    with pytest.raises(SlateError, match=f'"{outside}" runs outside a transaction'):
        job_schedule.pg_cron_command(run, late, [early])


@pytest.mark.parametrize("product", find_project(start=ROOT).products, ids=lambda p: p.name)
def test_a_products_jobs_have_an_order(product):
    found = ordered(product)
    assert sorted(found) == [job.name for job in jobs.read_jobs(product)]


def product_jobs():
    return [(p.name, job.name) for p in find_project(start=ROOT).products for job in jobs.read_jobs(p)]


@pytest.fixture(scope="module")
def installed(slate_template, slate_base, slate_project, pytestconfig):
    """One clone with demo data for every job of every product, run in turn."""
    from pytest_postgresql.janitor import DatabaseJanitor

    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]
    with (
        DatabaseJanitor(
            user="postgres", host=slate_base.host, port=slate_base.port, dbname="jobs_all",
            template_dbname=slate_template.template_dbname,
        ),
        connect(slate_base.url("jobs_all")) as connection,
    ):  # fmt: skip
        for product in slate_project.select(chosen):
            load(Run(connection, product, slate_project.shared), ("reference", "demo"))
        yield connection


@pytest.mark.parametrize(("product", "name"), product_jobs())
def test_a_documented_job_runs_twice_and_is_on_record(installed, slate_project, pytestconfig, product, name):
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]
    if chosen and product not in chosen:
        pytest.skip(f"{product} is not among --products")
    found = slate_project.product(product)
    job = next(j for j in jobs.read_jobs(found) if j.name == name)
    run = Run(installed, found, slate_project.shared)
    for _ in range(2):
        outcome = jobs.run_job(run, job, sleep=lambda _: None)
        assert (outcome.state, outcome.error) == ("done", "")
    assert jobs.last_runs(installed, product)[name].error is None


@pytest.fixture
def cron_server(slate_server):
    """A server with pg_cron preloaded; skipped where the extension is not installed."""
    with connect(slate_server.url()) as connection:
        offered = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_cron'").fetchone()
        major = connection.info.server_version // 10000
    if not offered:
        pytest.skip(f"pg_cron is not installed for PostgreSQL {major}")
    with (
        disposable(settings=(*FAST, "shared_preload_libraries=pg_cron", "cron.database_name=postgres")) as server,
        connect(server.url()) as connection,
    ):
        connection.execute("CREATE EXTENSION pg_cron")
        yield connection


def test_pg_cron_gets_our_jobs_and_loses_exactly_them(cron_server, product):
    upgrade.create(cron_server, "shop")
    cron_server.execute("CREATE TABLE shop.log (note text)")
    cron_server.execute("SELECT cron.schedule('somebody else''s', '0 0 * * *', 'SELECT 1')")
    write(product, "note_it", "INSERT INTO log VALUES ('x')")
    write(product, "tidy", "VACUUM log", transaction="no")
    run = Run(cron_server, product, None)
    for _ in range(2):  # scheduling again replaces
        names = job_schedule.schedule_in_pg_cron(run, jobs.read_jobs(product))
    assert names == ["slate/shop/note_it", "slate/shop/tidy"]
    written = dict(cron_server.execute("SELECT jobname, command FROM cron.job"))
    assert written["slate/shop/tidy"] == 'VACUUM "shop".log'
    cron_server.execute(written["slate/shop/note_it"].encode())
    assert cron_server.execute("SELECT note FROM shop.log").fetchall() == [("x",)]
    assert job_schedule.remove_from_pg_cron(cron_server, "shop") == names
    assert cron_server.execute("SELECT jobname FROM cron.job").fetchall() == [("somebody else's",)]


def test_a_file_that_is_no_job_stops_no_other(product):
    write(product, "good", "SELECT 1")
    head = "-- schedule: 0 3 * * *\n-- why: a test\n"
    folder = product.sql / "jobs"
    (folder / "bad.sql").write_text("-- schedule: at night\n-- why: a test\nSELECT 1;\n")
    (folder / "leans_on_bad.sql").write_text(f"{head}-- after: bad\nSELECT 1;\n")
    (folder / "lost.sql").write_text(f"{head}-- after: nowhere\nSELECT 1;\n")
    usable, problems = job_order.read_what_can_run(product)
    assert [job.name for job in usable] == ["good"]
    assert sorted(problems) == ["bad", "leans_on_bad", "lost"]
    assert "no cron expression" in problems["bad"].message
    assert 'comes after "bad", which cannot run' in problems["leans_on_bad"].message


def test_a_killed_job_was_cut_short_and_is_due(run, product, db_committed):
    job = write(product, "killed", "SELECT 1", schedule="0 0 1 1 *")
    db_committed.execute(
        "INSERT INTO shop._slate_ledger (kind, key, attempt, ended_at) VALUES ('job', 'killed', 1, NULL)"
    )
    last = jobs.last_runs(run.connection, "shop")["killed"]
    assert last.error == "cut short"
    assert jobs.is_due(job, last, datetime.now(UTC))
    with connect(run.connection.info.dsn) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [jobs.job_key("shop", "killed")])
        last = jobs.last_runs(run.connection, "shop")["killed"]
        assert (last.error, last.finished_at) == (None, None), "it runs: somebody holds its lock"
        assert not jobs.is_due(job, last, datetime.now(UTC))


CRON = """
    CREATE SCHEMA cron;
    CREATE TABLE cron.job (jobid bigint, jobname text);
    CREATE TABLE cron.job_run_details (
        jobid bigint, runid bigint, job_pid integer, status text, return_message text,
        start_time timestamptz, end_time timestamptz
    );
    INSERT INTO cron.job VALUES (1, 'slate/shop/nightly'), (2, 'slate/other/nightly'), (3, 'nightly');
"""


@pytest.mark.parametrize(
    ("status", "said", "pid", "error", "ended"),
    [
        ("succeeded", "SELECT 1", 1, None, True),
        ("failed", "ERROR: disk full\n", 1, "ERROR: disk full", True),
        ("running", None, 2**30, "cut short", True),
        ("running", None, None, None, False),
    ],
)
def test_what_pg_cron_ran_is_told_as_it_ended(run, db_committed, status, said, pid, error, ended):
    db_committed.execute(CRON)
    db_committed.execute(
        "INSERT INTO cron.job_run_details VALUES (1, 1, 1, 'succeeded', '', now() - interval '1 day', now()), "
        "(1, 2, coalesce(%s, pg_backend_pid()), %s, %s, now(), CASE WHEN %s THEN now() END)",
        pid, status, said, status != "running",
    )  # fmt: skip
    found = jobs.last_runs(run.connection, "shop")
    assert list(found) == ["nightly"]
    assert (found["nightly"].error, found["nightly"].finished_at is not None) == (error, ended)
    db_committed.execute("DROP SCHEMA cron CASCADE")


def test_a_crontab_says_its_zone_and_holds_no_percent_sign(product):
    write(product, "half", "SELECT 1", why="keeps 50% free")
    zone, line = job_schedule.crontab(jobs.read_jobs(product))[1:]
    assert zone == "CRON_TZ=UTC"
    assert line.endswith("# keeps 50\\% free")


def test_units_have_names_and_texts_that_systemd_takes_as_they_are(product):
    odd = replace(product, name="Weird Name", schema="Weird Name")
    write(odd, "half", "SELECT 1", schedule="0 2 13 * fri", why="keeps 50% free")
    units = job_schedule.systemd_units(jobs.read_jobs(odd))
    assert sorted(units) == ["slate-Weird\\x20Name-half.service", "slate-Weird\\x20Name-half.timer"]
    timer, service = units["slate-Weird\\x20Name-half.timer"], units["slate-Weird\\x20Name-half.service"]
    assert "Description=keeps 50%% free\n" in timer
    assert "OnCalendar=Fri *-*-* 02:00:00 UTC\nOnCalendar=*-*-13 02:00:00 UTC\n" in timer
    assert "ExecStart=slate jobs run 'Weird Name' half\n" in service
