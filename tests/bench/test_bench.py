"""`slate bench`: figures with budgets, saved and compared. Whether they are good is for a quiet machine to say."""

import json
import sys
from dataclasses import replace

import pytest

from slate_pg.bench import queries, report, sections, seeding, sizes
from slate_pg.bench.own import races
from slate_pg.cli import main
from slate_pg.config import find_project
from slate_pg.errors import FileError
from slate_pg.postgres.connection import package_sql
from slate_pg.sqlfiles import SqlFile


def run(*arguments):
    argv, sys.argv = sys.argv, ["slate", *arguments]
    try:
        main()
    except SystemExit as left:
        return left.code or 0
    finally:
        sys.argv = argv
    return 0


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A bench of one product at scale 1, saved and reported."""
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    only = ("--only", "data,queries,seeds", "--scale", "1", "--repeats", "3")
    code = run("bench", "flourish", *only, "--save", str(path), "--report", str(path.with_suffix(".md")))
    return code, path


@pytest.fixture(scope="module")
def figures(saved):
    return json.loads(saved[1].read_text())


def test_every_query_with_a_budget_is_timed(figures, slate_project):
    from slate_pg.sqlfiles import read_files

    folder = slate_project.product("flourish").sql / "queries"
    wanted = {f.name for f in read_files(folder) if f.header.get("budget_ms")}
    assert {q["query"] for q in figures["queries"]} == wanted


def test_the_exit_code_says_whether_every_budget_was_kept(saved, figures):
    kept = not any(queries.Timed(**fields(q, queries.Timed)).missed for q in figures["queries"])
    kept &= not any(seeding.Seeded(**fields(s, seeding.Seeded)).missed for s in figures["seeds"])
    assert saved[0] == (0 if kept else 3)


def fields(figures, cls):
    return {name: figures[name] for name in cls.__dataclass_fields__}


def test_the_data_is_counted_partitions_with_their_tables(figures, db):
    (data,) = figures["data"]
    largest = dict(data["largest"])
    assert largest["assessments"] > 10_000
    assert data["rows"] > sum(largest.values()) > 0
    assert data["bytes"] > 20 * data["rows"]
    db.execute("CREATE TABLE public.logs (at date) PARTITION BY RANGE (at)")
    for name, first, last in (("a", 1, 2), ("b", 2, 4)):
        db.execute(
            f"CREATE TABLE public.logs_{name} PARTITION OF public.logs "
            f"FOR VALUES FROM ('2026-0{first}-01') TO ('2026-0{last}-01')"
        )
    db.execute(
        "INSERT INTO public.logs SELECT date '2026-01-30' + n FROM generate_series(1, 40) AS n; ANALYZE public.logs"
    )
    found = db.connection.execute(package_sql("bench/find_sizes").encode(), {"schema": "public"}).fetchall()
    assert [row[:2] for row in found if row[0].startswith("logs")] == [("logs", 40)]


def test_the_seed_and_its_floor_write_rows_and_take_time(figures):
    (seed,) = figures["seeds"]
    assert seed["rows"] > 10_000
    assert 0 < seed["floor"] < 2 * seed["seconds"]


def test_the_report_names_the_machine_and_holds_every_table(saved):
    text = saved[1].with_suffix(".md").read_text()
    assert text.startswith("# Performance\n\nWhat `slate bench flourish --scale 1 --repeats 3 --only data,queries,see")
    assert "## Queries" in text
    assert "## Scale seeds" in text
    assert "| flourish | skill_trends |" in text


def test_what_was_measured_before_a_bench_breaks_is_kept(tmp_path, monkeypatch, capsys):
    def break_after_one(*_):
        yield sections.section("queries", [timed(product="one")])
        yield sections.section("queries", [timed(product="two")])
        raise FileError("the machine went away")

    monkeypatch.setattr(sections, "measure", break_after_one)
    files = tmp_path / "figures.json", tmp_path / "speed.md"
    assert run("bench", "--save", str(files[0]), "--report", str(files[1])) != 0
    assert capsys.readouterr().out.count("Queries\n") == 2
    assert [q["product"] for q in json.loads(files[0].read_text())["queries"]] == ["one", "two"]
    assert files[1].read_text().count("## Queries") == 1


def test_a_product_with_nothing_to_measure_is_told(capsys):
    assert run("bench", "core", "--only", "data,queries") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "nothing to measure: core has no query" in err


def test_an_unknown_section_is_named(capsys):
    assert run("bench", "--only", "querys") == 2
    assert 'Did you mean "queries"?' in capsys.readouterr().err


def test_without_slates_own_sections_the_rest_is_measured_and_one_asked_for_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sections, "find_spec", lambda name: None)
    project = find_project()
    assert sections.choose([], project) == ["data", "queries", "seeds", "writes", "retention"]
    alone = replace(project, shared=None)  # retention is timed with the shared product's functions
    assert sections.choose([], alone) == ["data", "queries", "seeds", "writes"]
    assert run("bench", "--only", "queries,runner") == 1
    assert 'section "runner" is not part of an installed slate-pg' in capsys.readouterr().err


def test_every_section_makes_a_table_as_wide_as_its_head():
    from slate_pg.bench import retention, writes
    from slate_pg.bench.own import backups, growth, isolation, moved, startup

    measured = {
        "data": sizes.Sizes("p", 1, 1000, 2**20, 1.0, (("t", 900),)),
        "queries": timed(), "seeds": seeding.Seeded("p", 1, 1000, 1.0, 0.71, 1.0),
        "writes": writes.Cost("t", "INSERT", 10, "a_trigger", 100.0, 200.0),
        "runner": races.Race("apply", {races.FLOOR: 1.0, "slate": 1.7}, 1.6),
        "start": startup.Startup("status", 0.3, 0.25), "growth": growth.Growth("apply", ((10, 0.1), (100, 1.0))),
        "retention": retention.Retention((retention.Month(10, 1.0, 1.0, 1.0), retention.Month(100, 1.0, 1.0, 9.0))),
        "backup": backups.Backup("time", 3.0, 1.0, 2.0, "s"),
        "tests": isolation.Isolation("rolls back", 300, 1.0, 0.5, 1.0), "fleet": moved.Moved("status", 10, 1.0, None, 40.0),
    }  # fmt: skip
    assert set(measured) == set(sections.titles())
    for name, one in measured.items():
        made = sections.section(name, [one])
        assert {len(row) for row in made.rows} == {len(made.head)}, name
        assert json.dumps(made.figures)


def test_a_backup_that_takes_too_many_times_of_pg_dump_is_missed():
    from slate_pg.bench.own.backups import Backup

    assert Backup("time", 2.0, 1.0, 2.0, "s").missed == ()
    assert Backup("size", 3.0, 2.0, 1.2, "MB").missed == ("backup, size: 1.5 times pg_dump's, budget 1.2",)


def test_the_charts_lie_beside_the_report(tmp_path):
    made = [sections.section("queries", [timed()])]
    report.write_report(tmp_path / "SPEED.md", made, report.figures_of(made, 7), "slate bench")
    assert "![speed: queries](speed-queries.svg)" in (tmp_path / "SPEED.md").read_text()
    assert "p/q" in (tmp_path / "speed-queries.svg").read_text()


def test_a_table_without_a_budget_keeps_none():
    data = sections.section("data", [sizes.Sizes("p", 1, 1000, 2**20, 1.0, (("t", 900),))])
    for made, told in ((data, 0), (sections.section("queries", [timed()]), 1)):
        assert (
            report.markdown([made], report.figures_of([made], 1), "slate bench").count("Every budget was kept.") == told
        )


def timed(**over):
    figures = {
        "product": "p", "query": "q", "budget_ms": 50.0, "rows": 1, "owner_p50": 10.0, "owner_p95": 12.0,
        "person_p50": 11.0, "person_p95": 14.0, "same_rows": True, "indexes": (), "scans": (),
    }  # fmt: skip
    return queries.Timed(**{**figures, **over})


def test_a_budget_binds_the_slower_of_owner_and_person():
    assert timed().missed == ()
    assert timed(person_p95=51.0).missed == ("p/q: p95 51.0 ms, budget 50 ms",)
    assert timed(owner_p95=51.0, person_p50=None, person_p95=None).missed == ("p/q: p95 51.0 ms, budget 50 ms",)


def test_the_ratio_is_what_row_security_costs():
    assert timed().ratio == pytest.approx(1.1)
    assert timed(person_p50=None, person_p95=None).ratio is None
    assert timed(person_p50=12.5).missed == ("p/q: row security costs 1.25 x, budget 1.2 x",)


def test_a_person_who_gets_other_rows_is_no_comparison():
    assert "does not get the owner's 1 rows" in timed(same_rows=False).missed[0]


def test_a_seed_slower_than_its_share_is_named():
    assert seeding.Seeded("p", 1, 1000, 1.0, 0.71, 1.0).missed == ()
    assert "0.69 x" in seeding.Seeded("p", 1, 1000, 1.0, 0.69, 1.0).missed[0]


def test_the_runner_is_bound_by_its_budget_over_the_floor():
    race = races.Race("apply", {races.FLOOR: 1.0, "slate": 1.7, "yoyo": 5.0}, 1.6)
    assert race.missed == ("apply: 1.70 x psql -1 -f, budget 1.6 x",)
    assert races.Race("apply", {races.FLOOR: 1.0, "slate": 1.5}, 1.6).missed == ()


def test_what_got_slower_than_a_saved_run_is_named(tmp_path):
    path = tmp_path / "then.json"
    then, slightly, greatly = (
        report.figures_of([sections.section("queries", [timed(owner_p50=ms)])], 1) for ms in (10.0, 14.0, 16.0)
    )
    report.save(path, then)
    assert report.slower_than(path, slightly) == []
    assert report.slower_than(path, greatly) == ["p/q as owner: 10.00 ms then, 16.00 ms now"]


def test_a_query_is_run_with_its_own_examples_as_parameters(tmp_path):
    file = SqlFile("q", tmp_path / "q.sql", {}, "SELECT 'S001' LIKE 'S%'", {"student": "'S001'"})
    assert file.parameterised == "SELECT %(student)s LIKE 'S%%'"
    assert file.examples == {"student": "S001"}


def test_scale_params_stand_in_for_the_examples_of_the_same_name(tmp_path):
    header = {"scale_params": "student = 'S900'"}
    parameters = {"student": "'S001'", "weeks": "4"}
    assert SqlFile("q", tmp_path, header, "", parameters).scale_examples == {"student": "S900", "weeks": 4}


def test_scale_params_that_name_no_parameter_are_refused(tmp_path):
    with pytest.raises(FileError, match='scale_params names "pupil"'):
        _ = SqlFile("q", tmp_path, {"scale_params": "pupil = 'S900'"}, "", {"student": "'S001'"}).scale_examples


SEED = """
-- a comment with an INSERT INTO nothing ON CONFLICT on nothing
INSERT INTO visit (slice, kind, note) -- an ON CONFLICT on this table
SELECT current_setting('slate.slice')::integer, 'B', 'ON CONFLICT' || n FROM generate_series(1, 100) AS n
ON CONFLICT (slice, note) DO NOTHING;
UPDATE visit SET note = note || '!' WHERE slice = current_setting('slate.slice')::integer;
"""


def test_the_floor_writes_the_same_rows_from_prepared_ones(db):
    db.execute("CREATE TYPE visit_kind AS ENUM ('A', 'B')")
    db.execute("CREATE TEMP TABLE visit (slice integer, kind visit_kind, note text, UNIQUE (slice, note))")
    written = []
    for work in (seeding.run_seed, seeding.run_floor):
        with db.connection.transaction(force_rollback=True):
            db.execute("SET LOCAL slate.slice = 3")
            work(db.connection, SEED)
            written.append(db.rows("SELECT * FROM visit ORDER BY note"))
    assert len(written[0]) == 100
    assert written[0] == written[1]


def test_only_the_rows_of_the_seed_itself_are_taken_from_the_floor():
    found = seeding.INSERT.match(
        "INSERT INTO t (a, b) OVERRIDING SYSTEM VALUE WITH x AS (SELECT 1) SELECT 1, 2 FROM x ON CONFLICT DO NOTHING;"
    )
    assert found["head"].endswith("OVERRIDING SYSTEM VALUE ")
    assert found["source"] == "WITH x AS (SELECT 1) SELECT 1, 2 FROM x "
    assert found["tail"] == "ON CONFLICT DO NOTHING"
