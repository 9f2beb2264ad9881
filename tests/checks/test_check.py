"""`slate check` finds what is wrong with a folder of migrations, and names it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slate_pg.catalog import rules
from slate_pg.checks import check
from slate_pg.checks.findings import FORMATS, Finding, in_form
from slate_pg.config import Project, find_project
from slate_pg.errors import Misuse
from slate_pg.migrations.files import Migration, Script

Write = Callable[[dict[str, str]], Path]

GOOD = {
    "shop_0001_create_goods.sql": "CREATE TABLE goods (id integer PRIMARY KEY); COMMENT ON TABLE goods IS 'For sale.';",
    "shop_0001_create_goods.rollback.sql": "DROP TABLE goods;",
    "shop_0002_price_goods.sql": "-- depends: shop_0001_create_goods\nALTER TABLE goods ADD COLUMN price integer;",
    "shop_0002_price_goods.rollback.sql": "ALTER TABLE goods DROP COLUMN price;",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files of a product "shop" and return the folder to run in."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / (name if "/" in name or name == "pyproject.toml" else f"migrations/shop/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        return tmp_path

    return write


def project_in(folder: Path) -> Project:
    return find_project(str(folder / "migrations"))


def found(folder: Path, *chosen: str) -> list[str]:
    project = project_in(folder)
    return [str(f) for f in sorted(check.check(project, project.products, chosen or rules.GENERIC).findings)]


def slate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slate_pg", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "toolkit")},
    )  # fmt: skip


def test_migrations_that_can_be_undone_give_no_finding(write: Write) -> None:
    done = slate(write(GOOD), "check", "--migrations", "migrations")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "2 migrations proven, no findings" in done.stderr


def test_a_broken_rollback_exits_3_and_names_the_object_left_behind(write: Write) -> None:
    folder = write(
        GOOD
        | {
            "shop_0003_sell.sql": "CREATE TABLE sales (id integer); CREATE FUNCTION sell() RETURNS integer"
            " LANGUAGE sql AS 'SELECT 1';",
            "shop_0003_sell.rollback.sql": "DROP TABLE sales;",
        }
    )
    done = slate(folder, "check", "--migrations", "migrations")
    assert done.returncode == 3, done.stderr
    assert "shop_0003_sell.rollback.sql:1: rollback: function shop.sell(): is left behind" in done.stdout


@pytest.mark.parametrize(
    ("apply", "rollback", "said"),
    [
        ("GRANT SELECT ON goods TO PUBLIC", "SELECT 1", "grant on table shop.goods to PUBLIC: is left behind"),
        ("COMMENT ON TABLE goods IS 'New.'", "COMMENT ON TABLE goods IS NULL", "comment on table shop.goods: is gone"),
        ("ALTER TABLE goods SET (fillfactor = 50)", "SELECT 1", "table shop.goods: is not as it was before: options"),
        (
            "ALTER TABLE goods ENABLE ROW LEVEL SECURITY",
            "SELECT 1",
            "table shop.goods: is not as it was before: row_sec",
        ),
        ("CREATE INDEX i ON goods (id)", "DROP INDEX j", 'rollback.sql:1: rollback: index "j" does not exist (42704)'),
        ("CREATE INDEX i ON goods (id)", "SELECT 1", "after this rollback the migration does not apply again"),
        (
            "CREATE OR REPLACE VIEW v AS SELECT random() AS a",
            "DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW v AS SELECT 1.0::float8 AS a'; END $$",
            "view shop.v: is left behind",
        ),
    ],
)
def test_what_a_rollback_does_not_restore_is_named(write: Write, apply: str, rollback: str, said: str) -> None:
    files = {"shop_0002_change.sql": apply + ";", "shop_0002_change.rollback.sql": rollback + ";"}
    folder = write({name: text for name, text in GOOD.items() if "0001" in name} | files)
    findings = found(folder)
    assert any(said in finding for finding in findings), findings


def test_where_columns_stand_after_a_rollback_is_one_note_a_table_and_no_finding(write: Write) -> None:
    """A column that comes back stands last, and every other one moves up: nothing that a rollback could do better."""
    many = ", ".join(f"c{n} integer" for n in range(50))
    folder = write(
        {
            "shop_0001_goods.sql": f"CREATE TABLE goods (first integer, {many});",
            "shop_0001_goods.rollback.sql": "DROP TABLE goods;",
            "shop_0002_less.sql": "ALTER TABLE goods DROP COLUMN first;",
            "shop_0002_less.rollback.sql": "ALTER TABLE goods ADD COLUMN first integer;",
        }
    )
    project = project_in(folder)
    report = check.check(project, project.products, ("replay", "rollback"))
    assert report.findings == []
    moved = [note for note in report.notes if "another order" in note]
    assert moved == ["table shop.goods: a rollback gives its columns another order, which none can give back"]


def test_one_broken_rollback_does_not_hide_the_next(write: Write) -> None:
    files = {}
    for number in (3, 4):
        files[f"shop_000{number}_make.sql"] = f"CREATE TABLE made_{number} (id integer);"
        files[f"shop_000{number}_make.rollback.sql"] = "SELECT 1;"
    findings = found(write(GOOD | files))
    assert [f for f in findings if "is left behind" in f] == [
        f"migrations/shop/shop_000{n}_make.rollback.sql:1: rollback: table shop.made_{n}: is left behind"
        for n in (3, 4)
    ]


def test_a_rollback_that_refuses_with_a_reason_is_no_finding(write: Write) -> None:
    refusal = "DO $$ BEGIN RAISE EXCEPTION 'dropped rows do not come back'; END $$;"
    purge = "-- depends: shop_0002_price_goods\nDELETE FROM goods;"
    folder = write(GOOD | {"shop_0003_purge.sql": purge, "shop_0003_purge.rollback.sql": refusal})
    project = project_in(folder)
    report = check.check(project, project.products, rules.GENERIC)
    assert report.findings == []
    assert report.notes == ["shop_0003_purge says that it cannot be undone"]


def test_a_migration_that_fails_or_has_no_rollback_is_named_with_its_line(write: Write) -> None:
    folder = write(
        {
            "shop_0001_a.sql": "CREATE TABLE a (id integer);",
            "shop_0002_b.sql": "\nALTER TABLE missing ADD COLUMN x integer;",
            "shop_0002_b.rollback.sql": "SELECT 1;",
        }
    )
    assert found(folder) == [
        "migrations/shop/shop_0001_a.sql:1: rollback: has no rollback: write shop_0001_a.rollback.sql beside it",
        'migrations/shop/shop_0002_b.sql:2: replay: relation "missing" does not exist (42P01)',
    ]


def test_a_graph_with_an_unknown_dependency_is_a_finding_and_no_traceback(write: Write) -> None:
    folder = write(
        GOOD | {"shop_0003_x.sql": "-- depends: shop_0009\nSELECT 1;", "shop_0003_x.rollback.sql": "SELECT 1;"}
    )
    assert any('depends on "shop_0009", which is not there' in finding for finding in found(folder))


def test_two_heads_are_one_too_many_unless_declared() -> None:
    def migration(name: str, *depends: str) -> Migration:
        return Migration(name, depends, Script(Path(f"{name}.sql"), ""), None)

    forked = [migration("a"), migration("b", "a"), migration("c", "a")]
    assert [m.id for m, _ in check.loose_ends(forked)] == ["b"]
    assert list(check.loose_ends(forked, ["b"])) == []
    assert list(check.loose_ends([migration("a"), migration("b")])) == []


HOUSE = {
    "pyproject.toml": "[tool.slate]\nrules = ['generic', 'foreign_keys_indexed', 'search_path_pinned', 'commented',"
    " 'no_public_execute', 'policies_present', 'partitions_guarded', 'snapshot']",
    "house_0001_break_rules.sql": """
CREATE TABLE rooms (id integer PRIMARY KEY);
CREATE TABLE beds (
    room_id integer REFERENCES rooms (id)
);
CREATE FUNCTION count_beds() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM beds';
CREATE FUNCTION rule() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER TABLE rooms ENABLE ROW LEVEL SECURITY;
CREATE TABLE nights (day date) PARTITION BY RANGE (day);
ALTER TABLE nights ENABLE ROW LEVEL SECURITY;
CREATE POLICY nights_seen ON nights USING (true);
CREATE TABLE nights_2026 PARTITION OF nights FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TYPE size AS ENUM ('s');
""",
    "house_0001_break_rules.rollback.sql": "DROP TYPE size; DROP TABLE nights, beds; DROP FUNCTION count_beds();"
    " DROP FUNCTION rule(); DROP TABLE rooms;",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What a check finds in a project that breaks every rule of the catalog."""
    folder = tmp_path_factory.mktemp("house")
    for name, text in HOUSE.items():
        path = folder / (name if name == "pyproject.toml" else f"migrations/house/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = find_project(start=folder)
    return check.check(project, project.products, rules.chosen(project.rules)).findings


@pytest.mark.parametrize(
    ("rule", "line", "thing"),
    [
        ("foreign_keys_indexed", 3, "constraint beds_room_id_fkey on house.beds"),
        ("search_path_pinned", 6, "function house.count_beds()"),
        ("search_path_pinned", 7, "function house.rule()"),
        ("commented", 2, "table house.rooms"),
        ("commented", 13, "type house.size"),
        ("no_public_execute", 6, "function house.count_beds()"),
        ("policies_present", 2, "table house.rooms"),
        ("partitions_guarded", 12, "table house.nights_2026"),
        ("snapshot", 1, ""),
    ],
)
def test_each_rule_names_what_breaks_it_and_the_line(house: list[Finding], rule: str, line: int, thing: str) -> None:
    assert [f for f in house if (f.rule, f.object) == (rule, thing)], [str(f) for f in house if f.rule == rule]
    finding = next(f for f in house if (f.rule, f.object) == (rule, thing))
    if rule not in ("foreign_keys_indexed", "snapshot"):
        assert finding.file == "migrations/house/house_0001_break_rules.sql"
        assert finding.line == line


def test_rules_do_not_speak_of_what_keeps_them(house: list[Finding]) -> None:
    assert not [f for f in house if f.rule == "policies_present" and "nights" in f.object]
    assert not [f for f in house if f.rule in ("graph", "replay", "rollback")]


def test_a_rule_that_there_is_not_is_a_misuse_with_the_nearest_name() -> None:
    with pytest.raises(Misuse, match="no rule") as caught:
        rules.chosen(["comented"])
    assert caught.value.hint == 'Did you mean "commented"?'


SOME = [
    Finding("migrations/a.sql", 3, "rollback", 'table "x,y"', "is left\nbehind: 100%", "integrity"),
    Finding("", 1, "graph", "", "a circle", "security"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("findings", [SOME, []], ids=["some", "none"])
def test_each_format_parses(form: str, findings: list[Finding]) -> None:
    text = in_form(findings, form)
    if form == "json":
        assert len(json.loads(text)["findings"]) == len(findings)
    elif form == "gitlab":
        report = json.loads(text)
        assert len({entry["fingerprint"] for entry in report}) == len(findings)
        assert all(entry["severity"] in ("info", "minor", "major", "critical", "blocker") for entry in report)
        assert all(entry["location"]["lines"]["begin"] >= 1 for entry in report)
    elif form == "sarif":
        run = json.loads(text)["runs"][0]
        assert len(run["results"]) == len(findings)
        assert {r["ruleId"] for r in run["results"]} == {r["id"] for r in run["tool"]["driver"]["rules"]}
        assert all(r["level"] in ("note", "warning", "error") for r in run["results"])
    elif form == "github":
        lines = text.splitlines()
        assert len(lines) == len(findings)
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
        assert sum(line.startswith("::error file=") for line in lines) == sum(bool(f.file) for f in findings)
    elif form == "junit":
        suite = ElementTree.fromstring(text)  # noqa: S314, our own text
        assert int(suite.get("failures")) == len(suite.findall(".//failure")) == len(findings)
        assert int(suite.get("tests")) == len(suite.findall(".//testcase")) == max(1, len(findings))
    elif form == "markdown":
        assert text.count("| `rollback` |") == sum(f.rule == "rollback" for f in findings)
    else:
        assert text.count("rollback: ") == sum(f.rule == "rollback" for f in findings)


def test_junit_takes_any_text_and_fails_nothing_that_is_accepted_or_only_told() -> None:
    hostile = Finding("a.sql", 1, "fails", "\x00<\"&'>\ufffe]]>", "\x1b[31m\ud800")
    accepted = Finding("a.sql", 2, "loses-data", "t", "a column", accepted="empty since March")
    told = Finding("a.sql", 3, "quiet-moment", "t", "waits", "cosmetic")
    suite = ElementTree.fromstring(in_form([hostile, accepted, told], "junit"))  # noqa: S314, our own text
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["3", "1", "2"]
    assert [s.get("message") for s in suite.findall(".//skipped")] == ["empty since March", "only told"]


def test_a_format_that_there_is_not_is_refused_before_any_work(write: Write) -> None:
    done = slate(write(GOOD), "check", "--migrations", "migrations", "--format", "xml")
    assert done.returncode == 2
    assert 'not "xml"' in done.stderr


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("INSERT INTO a VALUES (0);", "(23514)"),
        ("CREATE TABLE a (id integer);", "(42P07)"),
        ("CREATE EXTENSION no_such_extension;", "(0A000)"),
        ("SELECT 1 / 0;", "(22012)"),
        ("DO $$ BEGIN RAISE EXCEPTION 'no'; END $$;", "(P0001)"),
        ("SELECT FROM WHERE;", "(42601)"),
    ],
)
def test_a_migration_that_fails_for_any_reason_is_named_with_its_line_and_the_next_product_is_checked(
    write: Write, second: str, said: str
) -> None:
    folder = write(
        GOOD
        | {
            "migrations/other/other_0001_x.sql": f"CREATE TABLE a (id integer CHECK (id > 0));\n{second}",
            "migrations/other/other_0001_x.rollback.sql": "DROP TABLE a;",
        }
    )
    done = slate(folder, "check", "--migrations", "migrations")
    assert done.returncode == 3, done.stderr
    assert [line.split(": replay: ")[0] for line in done.stdout.splitlines()] == ["migrations/other/other_0001_x.sql:2"]
    assert said in done.stdout
    assert "2 migrations proven" in done.stderr
