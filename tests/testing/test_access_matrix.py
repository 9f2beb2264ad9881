"""The matrix of access is red, and names what and who, for each fault planted in a schema that is sound."""

from pathlib import Path

import pytest

from slate_pg.errors import Misuse
from slate_pg.testing import Database
from slate_pg.testing.access import Matrix, Person, World, read_world

SOUND = """
CREATE ROLE class_people; CREATE ROLE class_service;
CREATE SCHEMA klass;
GRANT USAGE ON SCHEMA klass TO class_people, class_service;
CREATE TABLE klass.pupils (id integer PRIMARY KEY, name text, pin text, closed boolean DEFAULT false);
CREATE TABLE klass.marks (
    id integer, pupil_id integer NOT NULL REFERENCES klass.pupils, value integer, PRIMARY KEY (id, value)
) PARTITION BY RANGE (value);
CREATE TABLE klass.marks_low PARTITION OF klass.marks FOR VALUES FROM (0) TO (10);
CREATE TABLE klass.marks_high PARTITION OF klass.marks DEFAULT;
CREATE TABLE klass.remarks (
    id integer PRIMARY KEY, mark_id integer, mark_value integer, body text,
    FOREIGN KEY (mark_id, mark_value) REFERENCES klass.marks
);
INSERT INTO klass.pupils VALUES (1, 'Ann', '11', false), (2, 'Bob', '22', false), (3, 'Cy', '33', true);
INSERT INTO klass.marks VALUES (1, 1, 5), (2, 1, 50), (3, 2, 5), (4, 3, 50);
INSERT INTO klass.remarks VALUES (1, 1, 5, 'good'), (2, 3, 5, 'better');
CREATE FUNCTION klass.me() RETURNS integer STABLE SECURITY DEFINER SET search_path = klass LANGUAGE plpgsql AS
    $$BEGIN RETURN (SELECT id FROM pupils WHERE id::text = current_setting('app.user_id', true) AND NOT closed); END$$;
CREATE FUNCTION klass.marks_of(p_pupil_id integer) RETURNS SETOF klass.marks STABLE LANGUAGE sql
    AS 'SELECT * FROM klass.marks WHERE pupil_id = p_pupil_id';
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA klass FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA klass TO class_people;
CREATE VIEW klass.report WITH (security_invoker) AS SELECT pupil_id, count(*) AS marks FROM klass.marks GROUP BY 1;
CREATE MATERIALIZED VIEW klass.summary AS SELECT pupil_id, count(*) AS marks FROM klass.marks GROUP BY 1;
ALTER TABLE klass.pupils ENABLE ROW LEVEL SECURITY;
ALTER TABLE klass.marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE klass.remarks ENABLE ROW LEVEL SECURITY;
CREATE POLICY me ON klass.pupils FOR SELECT TO class_people USING (id = (SELECT klass.me()));
CREATE POLICY reads ON klass.marks FOR SELECT TO class_people USING (pupil_id = (SELECT klass.me()));
CREATE POLICY writes ON klass.marks FOR INSERT TO class_people WITH CHECK (pupil_id = (SELECT klass.me()));
CREATE POLICY changes ON klass.marks FOR UPDATE TO class_people USING (pupil_id = (SELECT klass.me()));
CREATE POLICY drops ON klass.marks FOR DELETE TO class_people USING (pupil_id = (SELECT klass.me()));
CREATE POLICY reads ON klass.remarks FOR SELECT TO class_people
    USING (mark_id IN (SELECT id FROM klass.marks));
GRANT SELECT (id, name) ON klass.pupils TO class_people;
GRANT SELECT, INSERT, UPDATE, DELETE ON klass.marks TO class_people;
GRANT SELECT ON klass.remarks, klass.report TO class_people;
GRANT ALL ON ALL TABLES IN SCHEMA klass TO class_service;
"""
WORLD = World(
    "klass",
    {
        "ann": Person("1", ("1",)),
        "bob": Person("2", ("2",)),
        "closed": Person("3"),
        "unset": Person(),
        "malformed": Person("1 OR true"),
        "service": Person(None, ("*",), "class_service"),
    },
    role="class_people",
    tables=("pupils",),
    secret=("pupils.pin",),
)


MARKS = """\
marks
  class_people: select own rows; insert own rows; update own rows; delete own rows
    ann: select 2 (2 own), insert 2 of 4 (2 own), update 2 (2 own), delete 1 (1 own) stopped by 23503
    bob: select 1 (1 own), insert 1 of 4 (1 own), update 1 (1 own), delete 0 stopped by 23503
    closed, unset, malformed: select 0, insert 0 of 4, update 0, delete 0
  class_service: nothing
    service: select 0, insert yes, update yes, delete yes"""


@pytest.fixture
def klass(db: Database) -> Database:
    db.connection.execute(SOUND)
    return db


def faults(db: Database) -> list[str]:
    entries = list(Matrix(db.connection, WORLD).entries())
    leaks = [f"leak {e.name}: {f}" for e in entries for f in e.leaks]
    return leaks + [f"write {e.name}: {f}" for e in entries for f in e.wrong_writes]


def test_a_sound_schema_has_no_fault_and_says_what_each_reaches(klass: Database) -> None:
    assert faults(klass) == []
    matrix = Matrix(klass.connection, WORLD)
    assert matrix.entry("marks").text == MARKS
    assert matrix.entry("marks, its partitions").text.startswith("marks, its partitions\n  class_service\n")
    assert "ann, bob: execute 1 of 3" in matrix.entry("marks_of(p_pupil_id integer)").text
    assert klass.value("SELECT count(*) FROM klass.marks") == 4


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ("CREATE POLICY open ON klass.pupils FOR SELECT TO class_people USING (true)", "leak pupils: ann selects"),
        ("CREATE POLICY open ON klass.pupils FOR SELECT TO class_people USING (true)", "leak pupils: unset selects"),
        ("ALTER TABLE klass.marks DISABLE ROW LEVEL SECURITY", "leak marks: bob selects"),
        ("CREATE POLICY open ON klass.remarks FOR SELECT TO class_people USING (true)", "leak remarks: ann selects"),
        ("GRANT SELECT ON klass.marks_low TO class_people", "leak marks, its partitions: ann selects marks_low"),
        ("GRANT DELETE ON klass.marks_low TO class_people", "write marks, its partitions: ann deletes 2 rows without"),
        ("CREATE VIEW klass.all_marks AS TABLE klass.marks; GRANT SELECT ON klass.all_marks TO class_people",
         "leak all_marks: closed selects"),
        ("GRANT SELECT ON klass.summary TO class_people", "leak summary: ann selects"),
        ("GRANT SELECT (pin) ON klass.pupils TO class_people", "leak pupils: ann may read pupils.pin"),
        ("CREATE POLICY open ON klass.marks FOR INSERT TO class_people WITH CHECK (true)",
         "write marks: ann inserts marks id 3"),
        ("CREATE POLICY open ON klass.marks FOR INSERT TO class_people WITH CHECK (true)", "write marks: unset inserts"),
        ("DROP POLICY changes ON klass.marks; CREATE POLICY changes ON klass.marks FOR UPDATE TO class_people "
         "USING (pupil_id = (SELECT klass.me())) WITH CHECK (true)", "write marks: ann gives away"),
        ("CREATE POLICY open ON klass.marks FOR UPDATE TO class_people USING (true)",
         "write marks: ann updates 4 rows without reading them, 2 of them in sight"),
        ("CREATE POLICY open ON klass.marks FOR DELETE TO class_people USING (true); DELETE FROM klass.remarks",
         "write marks: bob deletes 4 rows without"),
        ("ALTER FUNCTION klass.marks_of(integer) SECURITY DEFINER", "leak marks_of(p_pupil_id integer): ann is told"),
        ("CREATE OR REPLACE FUNCTION klass.me() RETURNS integer STABLE SECURITY DEFINER SET search_path = klass LANGUAGE"
         " sql AS $$SELECT id FROM pupils WHERE id::text = current_setting('app.user_id', true)$$",
         "leak marks: closed selects"),
        ("GRANT UPDATE ON klass.pupils TO class_people; CREATE POLICY all_of ON klass.pupils FOR UPDATE TO class_people"
         " USING (true)", "write pupils: closed updates 3 rows"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_with_its_table_and_its_person(klass: Database, planted: str, named: str) -> None:
    klass.connection.execute(planted.encode())
    found = faults(klass)
    assert [f for f in found if f.startswith(named)], f"{named} expected among {found}"


def test_a_changed_grant_is_a_changed_line(klass: Database) -> None:
    before = Matrix(klass.connection, WORLD).entry("remarks").text
    klass.execute("GRANT INSERT ON klass.remarks TO class_people")
    assert Matrix(klass.connection, WORLD).entry("remarks").text != before


def test_a_wrong_key_in_a_file_of_people_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "shop.access.toml"
    path.write_text('[people]\nann = { id = "1", cirle = ["1"] }\n', "utf-8")
    with pytest.raises(Misuse, match='ann: unknown key "cirle"') as refused:
        read_world(path)
    assert "circle" in refused.value.hint
    path.write_text("seeds = []\n", "utf-8")
    with pytest.raises(Misuse, match="names nobody"):
        read_world(path)
