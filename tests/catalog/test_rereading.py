"""A catalog read again by what changed is the catalog that a reading of the whole gives, whatever changed and in which order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from slate_pg.catalog import reader, rereading
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.rereading import Reading, differences
from slate_pg.checks import replay
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.migrations import runner
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.server import Server, disposable
from tests.school import Target, read_mutations

MUTATIONS = read_mutations()
HOSTILE = pytest.mark.parametrize("target", [None, 3], ids=["plain", "hostile"], indirect=True)


def check(connection: Connection, base: Reading) -> Reading:
    """Read what changed since, and hold it against the whole."""
    found = rereading.read(connection, base)
    assert found.catalog.facts == reader.read(connection).everything
    return found


@HOSTILE
def test_after_each_single_change_and_back_again(target: Target, changed: psycopg.Connection[Any]) -> None:
    first = rereading.read(changed)
    assert first.catalog.facts == reader.read(changed).everything
    for mutation in MUTATIONS:
        if changed.info.server_version // 10000 < mutation.major:
            continue
        changed.execute("SAVEPOINT before")
        changed.execute(target.renamed(mutation.sql))
        after = check(changed, first)
        assert differences(first, after), mutation
        changed.execute("ROLLBACK TO SAVEPOINT before; RELEASE SAVEPOINT before")
        assert differences(first, rereading.read(changed, first)) == [], mutation


def test_what_a_transaction_has_written_and_takes_back_is_not_taken_for_what_is_there(
    changed: psycopg.Connection[Any],
) -> None:
    first = rereading.read(changed)
    changed.execute("SAVEPOINT before; ALTER TABLE teachers RENAME TO tutors")
    written = check(changed, first)
    changed.execute("ROLLBACK TO SAVEPOINT before")
    assert differences(first, check(changed, written)) == []


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    """A server on which no other test's transaction is open: whatever comes behind one counts as changed, rightly."""
    with disposable() as server:
        yield server


@pytest.fixture(scope="module")
def walked(alone: Server, school: Project) -> Server:
    """The same, with a database in which the school is built."""
    with closing(replay.new_database(alone, "walk_template", school)) as connection:
        connection.execute("CREATE ROLE school_superuser SUPERUSER")
        runner.apply(runner.Run(connection, school.product("school"), None))
    return alone


@pytest.mark.parametrize("seed", range(2))
def test_after_changes_in_any_order_each_committed(seed: int, walked: Server) -> None:
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    name = f"walk_{seed}"
    with connect(walked.url()) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE walk_template".encode())
    done = 0
    with connect(walked.url(name)) as hands, reader.reading_connection(walked.url(name)) as eyes:
        hands.execute("SET search_path = school, public, pg_temp")
        readings = [rereading.read(eyes)]
        for mutation in chance.sample(MUTATIONS, 120):
            try:
                hands.execute(f"BEGIN; {mutation.sql}; COMMIT".encode())
            except psycopg.Error:  # what came before does not let it
                hands.execute("ROLLBACK")
                continue
            done += 1
            if chance.random() < 0.7:
                readings.append(check(eyes, chance.choice(readings[-3:])))
    assert done > 60


@pytest.fixture(params=["superuser", "owner"])
def place(alone: Server, request: pytest.FixtureRequest) -> Iterator[tuple[Connection, Connection]]:
    """A database of its own: one connection that changes it, and one that reads; as a superuser, or its owner only."""
    user = {"superuser": "postgres", "owner": "rereading_owner"}[request.param]
    url = make_conninfo(alone.url("rereading"), user=user)
    with connect(alone.url()) as admin:
        admin.execute("CREATE ROLE rereading_owner LOGIN")
        admin.execute(f"CREATE DATABASE rereading TEMPLATE template0 OWNER {user}".encode())
        with connect(url) as hands, reader.reading_connection(url) as eyes:
            assert eyes.info.user == user
            yield hands, eyes
        admin.execute("DROP DATABASE rereading WITH (FORCE)")
        admin.execute("DROP ROLE rereading_owner")


# What one change does to the text of another object, which is not rewritten for it.
STEPS = (
    'CREATE TABLE "Weird Name" (id integer PRIMARY KEY, "select" text NOT NULL DEFAULT \'q\', "größe%" numeric)',
    'CREATE INDEX "i%s" ON "Weird Name" ("select" text_pattern_ops) WHERE id > 1',
    'CREATE VIEW plain AS SELECT w.*, lower("select") AS small FROM "Weird Name" AS w',
    "CREATE VIEW upon AS SELECT small FROM plain",
    'ALTER TABLE "Weird Name" RENAME "select" TO chosen',
    'ALTER TABLE "Weird Name" RENAME TO tame',
    "ALTER VIEW plain RENAME COLUMN small TO little",
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE DOMAIN feeling AS mood CONSTRAINT known CHECK (VALUE <> 'bad')",
    "CREATE TABLE child (id integer REFERENCES tame ON DELETE CASCADE, moods mood[] DEFAULT '{good}', f feeling)",
    "CREATE FUNCTION felt(mood, child DEFAULT NULL) RETURNS feeling LANGUAGE sql RETURN 'good'::feeling",
    "COMMENT ON FUNCTION felt(mood, child) IS 'how'; GRANT EXECUTE ON FUNCTION felt(mood, child) TO PUBLIC",
    "ALTER TABLE child ADD CONSTRAINT felt_well CHECK (felt(moods[1]) IS NOT NULL)",
    "ALTER TYPE mood RENAME VALUE 'good' TO 'fine'",
    "ALTER TYPE mood RENAME TO spirit",
    "ALTER TYPE spirit ADD VALUE 'so-so'",
    "ALTER FUNCTION felt(spirit, child) RENAME TO sensed",
    "COMMENT ON CONSTRAINT known ON DOMAIN feeling IS 'known'; COMMENT ON TYPE spirit IS 'x'",
    "ALTER DOMAIN feeling RENAME CONSTRAINT known TO told",
    "CREATE SEQUENCE counted OWNED BY child.id",
    "ALTER TABLE child ALTER id SET DEFAULT nextval('counted')",
    "ALTER SEQUENCE counted RENAME TO numbered",
    "ALTER SEQUENCE numbered OWNED BY NONE",
    "ALTER SEQUENCE numbered OWNED BY tame.id",
    'ALTER TABLE tame RENAME CONSTRAINT "Weird Name_pkey" TO tame_key',
    "ALTER TABLE child DISABLE TRIGGER ALL",
    "ALTER TABLE child RENAME CONSTRAINT child_id_fkey TO child_of",
    "ALTER TABLE tame SET (toast.autovacuum_enabled = off)",
    "ALTER TABLE tame ALTER chosen SET STATISTICS 7, ALTER chosen SET STORAGE EXTERNAL",
    "CREATE INDEX reckoned ON tame (lower(chosen)); ALTER INDEX reckoned ALTER 1 SET STATISTICS 9",
    "COMMENT ON INDEX reckoned IS 'by small letters'; ALTER INDEX reckoned SET (fillfactor = 70)",
    "COMMENT ON INDEX reckoned IS NULL",
    "COMMENT ON INDEX reckoned IS 'again'; COMMENT ON CONSTRAINT child_of ON child IS 'f'",
    "COMMENT ON COLUMN tame.chosen IS 'c'; COMMENT ON VIEW upon IS 'v'",
    "COMMENT ON COLUMN tame.chosen IS NULL",
    "CREATE TABLE year (at date, n integer) PARTITION BY RANGE (at)",
    "CREATE TABLE year_1 PARTITION OF year FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
    "ALTER TABLE year ADD CONSTRAINT positive CHECK (n > 0); CREATE UNIQUE INDEX of_year ON year (at)",
    "ALTER TABLE year ADD UNIQUE (at, n)",
    "ALTER TABLE year RENAME CONSTRAINT year_at_n_key TO year_key",
    "ALTER INDEX of_year RENAME TO by_year",
    "ALTER TABLE year DETACH PARTITION year_1",
    "ALTER TABLE year ATTACH PARTITION year_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
    "CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER tell AFTER UPDATE OF n ON year FOR EACH ROW EXECUTE FUNCTION told()",
    "ALTER FUNCTION told() RENAME TO heard",
    "ALTER TABLE year RENAME n TO number",
    "ALTER TRIGGER tell ON year RENAME TO say",
    "ALTER TABLE tame ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON tame USING (id IN (SELECT c.id FROM child AS c))",
    "ALTER TABLE child RENAME id TO key",
    "ALTER POLICY mine ON tame RENAME TO ours; GRANT UPDATE (chosen) ON tame TO PUBLIC",
    "CREATE RULE quiet AS ON DELETE TO upon DO INSTEAD NOTHING; ALTER VIEW upon RENAME TO over",
    "CREATE TABLE parent (x integer); CREATE TABLE kid () INHERITS (parent)",
    "ALTER TABLE parent RENAME TO elder",
    "ALTER TABLE kid NO INHERIT elder",
    "CREATE TYPE pair AS (a spirit, b text); CREATE TABLE typed OF pair; ALTER TYPE pair RENAME TO couple",
    "ALTER TYPE couple ADD ATTRIBUTE c integer CASCADE; COMMENT ON TYPE couple IS 'two, or three'",
    "CREATE TYPE span AS RANGE (subtype = integer, multirange_type_name = spans)",
    "ALTER TABLE elder ADD COLUMN s span, ADD COLUMN m spans; ALTER TYPE span RENAME TO stretch",
    "ALTER TYPE spans RENAME TO stretches",
    "CREATE STATISTICS of_both ON id, chosen FROM tame; ALTER TABLE tame RENAME chosen TO picked",
    "CREATE AGGREGATE joined (text) (sfunc = textcat, stype = text, initcond = '')",
    "CREATE FUNCTION added(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2'",
    "CREATE AGGREGATE summed (text) (sfunc = added, stype = text); ALTER FUNCTION added(text, text) RENAME TO plus",
    "CREATE OPERATOR @+@ (function = plus, leftarg = text, rightarg = text); COMMENT ON OPERATOR @+@ (text, text) IS 'o'",
    "ALTER FUNCTION plus(text, text) RENAME TO minus",
    "CREATE VIEW reckoning AS SELECT picked @+@ 'x' AS y FROM tame",
    "CREATE PUBLICATION told_of FOR TABLE tame (id), child; ALTER TABLE tame RENAME TO gentle",
    "ALTER PUBLICATION told_of DROP TABLE child",
    "CREATE SCHEMA other; ALTER TABLE child SET SCHEMA other; ALTER SCHEMA other RENAME TO another",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA another GRANT SELECT ON TABLES TO PUBLIC; COMMENT ON SCHEMA public IS NULL",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX near ON gentle USING gin (picked gin_trgm_ops); ALTER EXTENSION pg_trgm ADD TABLE elder",
    "ALTER EXTENSION pg_trgm DROP TABLE elder",
    "CREATE TABLE _slate_mine (id integer); ALTER TABLE _slate_mine RENAME TO mine; ALTER TABLE kid RENAME TO _slate_kid",
    "ALTER TABLE _slate_kid RENAME TO kid",
    "CREATE TABLE a (id integer, t text); CREATE TABLE b (id integer, u text); CREATE VIEW ab AS SELECT * FROM a JOIN b USING (id)",
    "ALTER TABLE b RENAME id TO other_id; ALTER TABLE b ADD COLUMN id integer",
    "ALTER TABLE a RENAME TO swap; ALTER TABLE b RENAME TO a; ALTER TABLE swap RENAME TO b",
    "DROP VIEW ab; DROP TABLE a, b; DROP POLICY ours ON gentle; DROP TRIGGER say ON year",
    "DROP FUNCTION heard(); DROP TABLE year; ALTER TABLE another.child DROP CONSTRAINT child_of",
    "DROP SCHEMA another CASCADE; DROP TABLE gentle CASCADE",
    "VACUUM FULL pg_catalog.pg_class",
    "REINDEX TABLE elder; ANALYZE; TRUNCATE elder",
)


def test_after_each_of_many_changes_that_reach_into_other_objects(place: tuple[Connection, Connection]) -> None:
    hands, eyes = place
    last = rereading.read(eyes)
    for step in STEPS:
        if "DISABLE TRIGGER ALL" not in step or hands.info.user == "postgres":
            hands.execute(step.encode())
        found = check(eyes, last)
        assert found.catalog.facts == rereading.read(eyes, found).catalog.facts
        last = found


def test_only_what_changed_is_read_again(place: tuple[Connection, Connection]) -> None:
    hands, eyes = place
    hands.execute("CREATE TABLE one (id integer PRIMARY KEY); CREATE TABLE two (id integer REFERENCES one)")
    before = rereading.read(eyes)
    hands.execute("COMMENT ON TABLE two IS 'second'")
    after = rereading.read(eyes, before)
    assert {i for i in after.besides(before).facts if i.name == "one"} == set()
    assert Identity("table", "public", "two") in after.besides(before).facts
    hands.execute("CREATE TABLE three (); DROP TABLE three")
    assert rereading.read(eyes, after).besides(after).facts == {}


def test_a_reading_of_another_database_is_no_base(target: Target, place: tuple[Connection, Connection]) -> None:
    _, eyes = place
    strange = rereading.read(target.connection)
    assert rereading.read(eyes, strange).catalog.facts == reader.read(eyes).everything


def test_a_reading_that_is_not_the_whole_one_is_a_crash_and_names_what_differs(
    place: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    hands, eyes = place
    hands.execute("CREATE TABLE one (id integer)")
    before = rereading.read(eyes)
    assert rereading.prove(eyes, before).catalog.facts == before.catalog.facts
    hands.execute("ALTER TABLE one ADD COLUMN missed integer")
    monkeypatch.setattr("slate_pg.catalog.changes._written", lambda *_: iter(()))
    monkeypatch.setattr("slate_pg.catalog.changes._mentioning", lambda *_: set())
    with pytest.raises(SlateError, match="internal error") as crashed:
        rereading.prove(eyes, before)
    assert "missed" in " ".join(crashed.value.detail)
    assert crashed.value.exit_code == 1
