"""`check` and `doctor` hold a schema to the same rules: one schema with faults and what only looks like one, both asked."""

from __future__ import annotations

import pytest

from slate_pg.catalog import rules
from slate_pg.checks import check, replay
from slate_pg.config import find_project
from slate_pg.migrations import runner
from slate_pg.operations import doctor
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base

FOREIGN_KEY, PATH, POLICY, LEAF, FORCE, ACCOUNT = rules.OF_HEALTH
PARENTS = """
CREATE TABLE p (a integer, b integer, c integer UNIQUE, d integer, PRIMARY KEY (a, b), UNIQUE (c, d));
CREATE UNIQUE INDEX p_some ON p (d) WHERE d > 0;
CREATE TABLE "q ""x, (y" ("a, b" integer PRIMARY KEY, "c) d" integer UNIQUE);
"""
KEY = "CREATE TABLE {0} (a integer, b integer, c integer, d integer, CONSTRAINT {0}_fk FOREIGN KEY {1});"
AB, CD = "(a, b) REFERENCES p (a, b)", "(c, d) REFERENCES p (c, d)"
PARTED = "CREATE TABLE {0} (id integer) PARTITION BY RANGE (id); CREATE TABLE {0}_1 PARTITION OF {0} DEFAULT;"
READS = "CREATE FUNCTION {0}() RETURNS bigint LANGUAGE {1} {2} AS $$ {3} $$;"
COUNT = "SELECT count(*) FROM p"
PLPGSQL = "BEGIN RETURN (SELECT count(*) FROM p); END"

WHO = """
CREATE TABLE users (id text PRIMARY KEY, is_active boolean);
CREATE FUNCTION claimed_id() RETURNS text LANGUAGE sql STABLE RETURN current_setting('app.user_id', true); -- FROM
CREATE FUNCTION active_id() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS
$$ BEGIN RETURN (SELECT id FROM users WHERE id = current_setting('app.user_id', true) AND is_active); END $$;
"""

CASES = {
    "no index at all": (KEY.format("k1", AB), (FOREIGN_KEY, "constraint k1_fk on health.k1")),
    "an index on the second column only": (
        KEY.format("k2", AB) + "CREATE INDEX ON k2 (b);",
        (FOREIGN_KEY, "constraint k2_fk on health.k2"),
    ),
    "an index on the first column only": (
        KEY.format("k3", AB) + "CREATE INDEX ON k3 (a);",
        (FOREIGN_KEY, "constraint k3_fk on health.k3"),
    ),
    "an index on both": (KEY.format("k4", AB) + "CREATE INDEX ON k4 (a, b DESC, c);", None),
    "an index on both, the other way round": (KEY.format("k5", AB) + "CREATE INDEX ON k5 (b, a);", None),
    "an index that leads with another column": (
        KEY.format("k6", AB) + "CREATE INDEX ON k6 (c, a, b);",
        (FOREIGN_KEY, "constraint k6_fk on health.k6"),
    ),
    "an index that only includes the second": (
        KEY.format("k7", AB) + "CREATE INDEX ON k7 (a) INCLUDE (b);",
        (FOREIGN_KEY, "constraint k7_fk on health.k7"),
    ),
    "an index on the column that alone is unique": (KEY.format("k8", CD) + "CREATE INDEX ON k8 (c);", None),
    "an index on the column that is unique for some rows": (
        KEY.format("k9", CD) + "CREATE INDEX ON k9 (d);",
        (FOREIGN_KEY, "constraint k9_fk on health.k9"),
    ),
    "an index on the key WHERE it is there": (
        KEY.format("k10", "(c) REFERENCES p (c)") + "CREATE INDEX ON k10 (c) WHERE c IS NOT NULL;",
        None,
    ),
    "an index on both WHERE both are there": (
        KEY.format("k11", AB) + "CREATE INDEX ON k11 (a, b) WHERE b IS NOT NULL AND a IS NOT NULL;",
        None,
    ),
    "an index on the key WHERE another column says so": (
        KEY.format("k12", "(c) REFERENCES p (c)") + "CREATE INDEX ON k12 (c) WHERE a IS NOT NULL;",
        (FOREIGN_KEY, "constraint k12_fk on health.k12"),
    ),
    "an index on an expression of the key": (
        KEY.format("k13", "(c) REFERENCES p (c)") + "CREATE INDEX ON k13 ((c + 0));",
        (FOREIGN_KEY, "constraint k13_fk on health.k13"),
    ),
    "an index of a kind that finds no single row": (
        KEY.format("k14", "(c) REFERENCES p (c)") + "CREATE INDEX ON k14 USING brin (c);",
        (FOREIGN_KEY, "constraint k14_fk on health.k14"),
    ),
    "an invalid index": (
        KEY.format("k15", "(c) REFERENCES p (c)")
        + "CREATE INDEX k15_c ON k15 (c); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'k15_c'::regclass;",
        (FOREIGN_KEY, "constraint k15_fk on health.k15"),
    ),
    "a key of hostile names with its index": (
        'CREATE TABLE "k USING (16" ("a, b" integer REFERENCES "q ""x, (y", "c) d" integer);'
        'CREATE INDEX ON "k USING (16" ("a, b" DESC);',
        None,
    ),
    "a key of hostile names with the index of another": (
        'CREATE TABLE k17 ("a, b" integer CONSTRAINT k17_fk REFERENCES "q ""x, (y", "c) d" integer);'
        'CREATE INDEX ON k17 ("c) d") INCLUDE ("a, b");',
        (FOREIGN_KEY, "constraint k17_fk on health.k17"),
    ),
    "a partitioned table without": (
        "CREATE TABLE k18 (c integer CONSTRAINT k18_fk REFERENCES p (c)) PARTITION BY RANGE (c);"
        "CREATE TABLE k18_1 PARTITION OF k18 DEFAULT;",
        (FOREIGN_KEY, "constraint k18_fk on health.k18"),
    ),
    "an SQL function that reads a table": (READS.format("f1", "sql", "", COUNT), (PATH, "function health.f1()")),
    "a PL/pgSQL function that reads a table": (
        READS.format("f2", "plpgsql", "", PLPGSQL),
        (PATH, "function health.f2()"),
    ),
    "a function that reads a table by a hostile name": (
        READS.format("f3", "sql", "", 'SELECT count(*) FROM "q ""x, (y"'),
        (PATH, "function health.f3()"),
    ),
    "a function that is pinned": (READS.format("f4", "sql", "SET search_path FROM CURRENT", COUNT), None),
    "a function that reads no table": (
        READS.format("f5", "sql", "", "SELECT count(*) FROM generate_series(1, 2)"),
        None,
    ),
    "a function that reads a catalog": (
        READS.format("f6", "sql", "", "SELECT count(*) FROM pg_catalog.pg_class"),
        None,
    ),
    "a function that only speaks of a table": (READS.format("f7", "sql", "", "SELECT 1::bigint -- FROM p"), None),
    "a function parsed when it was made": (
        "CREATE FUNCTION f8() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM p);",
        None,
    ),
    "a function with its owner's rights": (
        READS.format("f9", "sql", "SECURITY DEFINER", "SELECT 1::bigint"),
        (PATH, "function health.f9()"),
    ),
    "a procedure that writes a table": (
        "CREATE PROCEDURE f10() LANGUAGE sql AS 'UPDATE P SET d = 1';",
        (PATH, "procedure health.f10()"),
    ),
    "row security without a policy": (
        "CREATE TABLE r1 (id integer); ALTER TABLE r1 ENABLE ROW LEVEL SECURITY;",
        (POLICY, "table health.r1"),
    ),
    "row security with a policy, on a hostile name": (
        'CREATE TABLE "r on 2" (id integer); ALTER TABLE "r on 2" ENABLE ROW LEVEL SECURITY;'
        'CREATE POLICY seen ON "r on 2" USING (true);',
        None,
    ),
    "a policy without row security": (
        "CREATE TABLE r3 (id integer); CREATE POLICY seen ON r3 USING (true);",
        (FORCE, "policy seen on health.r3"),
    ),
    "a policy that believes the setting, by a function": (
        WHO + "CREATE TABLE u1 (id text); ALTER TABLE u1 ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY mine ON u1 USING (id = (SELECT claimed_id()));",
        (ACCOUNT, "policy mine on health.u1"),
    ),
    "a policy that believes the setting by itself": (
        "CREATE TABLE u2 (id text); ALTER TABLE u2 ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY mine ON u2 USING (true) WITH CHECK (id = current_setting('app.user_id', true));",
        (ACCOUNT, "policy mine on health.u2"),
    ),
    "a policy that asks for the account": (
        "CREATE TABLE u3 (id text); ALTER TABLE u3 ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY mine ON u3 USING (id = (SELECT active_id()) AND id <> 'claimed_id()');",
        None,
    ),
    "a leaf without its parent's row security": (
        PARTED.format("l1") + "ALTER TABLE l1 ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON l1 USING (true);",
        (LEAF, "table health.l1_1"),
    ),
    "a leaf that has it too": (
        PARTED.format("l2") + "ALTER TABLE l2 ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON l2 USING (true);"
        "ALTER TABLE l2_1 ENABLE ROW LEVEL SECURITY;",
        None,
    ),
    "a table without row security and its leaf": (PARTED.format("l3"), None),
    "a child by inheritance": (
        "CREATE TABLE l4 (id integer); CREATE TABLE l4_1 () INHERITS (l4); ALTER TABLE l4 ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY seen ON l4 USING (true);",
        None,
    ),
}
Answers = tuple[set[tuple[str, str]], set[tuple[str, str]]]


@pytest.fixture(scope="module")
def answers(slate_server: Base, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What check says of the migration with all the cases, and what doctor says where it is applied."""
    folder = tmp_path_factory.mktemp("health")
    path = folder / "migrations" / "health" / "health_0001_fall_ill.sql"
    path.parent.mkdir(parents=True)
    path.write_text(PARENTS + "\n".join(statements for statements, _ in CASES.values()), encoding="utf-8")
    path.with_suffix(".rollback.sql").write_text("DO $$ BEGIN RAISE EXCEPTION 'no way back'; END $$;")
    project = find_project(str(folder / "migrations"))
    found = check.check(project, project.products, rules.OF_HEALTH, trust=True).findings  # an index is made invalid
    with replay.new_database(slate_server, "rules_of_health", project) as connection:
        runner.apply(runner.Run(connection, project.product("health"), None))
        ill, skipped = doctor.examine(connection, ["health"])
    assert skipped == []
    with connect(slate_server.url()) as connection:
        connection.execute("DROP DATABASE rules_of_health WITH (FORCE)")
    of_health = {(f.check, f.object) for f in ill if f.check in rules.OF_HEALTH}
    return {(f.rule, f.object) for f in found}, of_health


def test_check_and_doctor_give_the_same_answer(answers: Answers) -> None:
    of_check, of_doctor = answers
    assert of_check == of_doctor


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_named_and_what_looks_like_one_is_not(answers: Answers, case: str) -> None:
    _, fault = CASES[case]
    assert fault is None or fault in answers[0]


def test_nothing_but_the_faults_is_named(answers: Answers) -> None:
    assert answers[0] == {fault for _, fault in CASES.values() if fault}
    assert {rule for rule, _ in answers[0]} == set(rules.OF_HEALTH)


@pytest.mark.parametrize("name", rules.OF_HEALTH)
def test_a_rule_of_health_says_why(name: str) -> None:
    assert (rules.RULES[name].__doc__ or "").splitlines()[0].partition(": ")[2]
