"""SQLAlchemy models of strangers' schemas: every type there and back, any name, every shape of key."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from typing import get_args

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import base

from tests.generate.hostile import KINDS, NAMES
from tests.generate.kinds import is_of, load
from tests.generate.typed import strictly_typed

# Mentioned nowhere else: keys of all shapes.
LINKS = """
CREATE TABLE people (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, "boss_id" integer REFERENCES people,
    mentor integer REFERENCES people, best_id integer UNIQUE);
CREATE TABLE teams (org integer, id integer, lead_id integer REFERENCES people, name text, PRIMARY KEY (id, org));
CREATE TABLE players (
    org integer NOT NULL, team integer, sub_team integer, person_id integer REFERENCES people, person text,
    "people" integer, "teams_by_team" integer, PRIMARY KEY (person_id),
    CONSTRAINT plays FOREIGN KEY (team, org) REFERENCES teams, CONSTRAINT also FOREIGN KEY (sub_team, org) REFERENCES teams (id, org),
    CONSTRAINT twice FOREIGN KEY (person_id) REFERENCES people
);
ALTER TABLE people ADD FOREIGN KEY (best_id) REFERENCES players (person_id);
CREATE TABLE codes (code text UNIQUE, other text UNIQUE, id integer PRIMARY KEY);
CREATE TABLE uses (id bigserial PRIMARY KEY, code text REFERENCES codes (code) REFERENCES codes (other), "codeID" text REFERENCES codes (code));
CREATE TABLE events (id integer NOT NULL, at timestamptz NOT NULL, who integer REFERENCES people, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE remarks (id integer PRIMARY KEY, event_id integer, event_at timestamptz, FOREIGN KEY (event_id, event_at) REFERENCES events (id, at));
CREATE TABLE log (at timestamptz DEFAULT now(), person_id integer REFERENCES people, remark_id integer REFERENCES remarks);
CREATE TABLE pairs (org integer, id integer, one integer, two integer, PRIMARY KEY (id, org),
    FOREIGN KEY (one, org) REFERENCES pairs (id, org), CONSTRAINT again FOREIGN KEY (one, org) REFERENCES pairs (id, org),
    FOREIGN KEY (two, org) REFERENCES pairs (id, org));
CREATE VIEW seen AS SELECT id, name FROM people;
CREATE TABLE made (id integer PRIMARY KEY DEFAULT 7, twice integer GENERATED ALWAYS AS (id * 2) STORED, note text DEFAULT ':x %s ''q''', filled text);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.filled := coalesce(NEW.filled, 'by trigger'); RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION fill();
"""


@pytest.fixture
def stranger(slate, tmp_path, empty_url):
    """Write a flat folder, apply it, and write its models: from the files and from the database, which must agree."""

    def run(text, *options, schema=None):
        (tmp_path / "db").mkdir()
        (tmp_path / "db" / "0001_all.sql").write_text(text)
        (tmp_path / "db" / "0001_all.rollback.sql").write_text("SELECT 1;")
        common = ["--migrations", tmp_path / "db"]
        written = slate("generate", "sqlalchemy", "--to", tmp_path / "made.py", *common, *options)
        assert (written.code, written.out) == (0, f"{tmp_path / 'made.py'}\n"), written.err
        installed = ["--as", schema] if schema else []
        applied = slate("apply", *common, *installed, "--database", empty_url)
        assert applied.code == 0, applied.err
        live = ["--check", "--database", empty_url, *installed]
        again = slate("generate", "sqlalchemy", "--to", tmp_path / "made.py", *common, *options, *live)
        assert (again.code, again.out) == (0, "the generated code is fresh\n")
        assert strictly_typed(tmp_path / "made.py") == ""
        with warnings.catch_warnings(action="error", category=sa.exc.SAWarning):
            module = load(tmp_path / "made.py")
            orm.configure_mappers()
        return module, written.err

    return run


@pytest.fixture
def engine(empty_url):
    """Give an engine of the test's database, on nobody's path but public."""
    made = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(empty_url))
    yield made
    made.dispose()


def all_of(session, cls):
    return session.scalars(sa.select(cls)).all()


def misfits(row):
    """Return the attributes of a row whose values are not what they are annotated with."""
    hints = {name: get_args(hint)[0] for name, hint in type(row).__annotations__.items()}
    columns = {prop.key for prop in sa.inspect(type(row)).column_attrs}
    return [
        f"{name}: {getattr(row, name)!r} is no {hints[name]}"
        for name in columns
        if not is_of(getattr(row, name), hints[name])
    ]


def test_every_type_is_read_as_annotated_and_written_as_it_was_read(stranger, engine):
    module, said = stranger(KINDS)
    with orm.Session(engine) as session:
        full, empty = sorted(all_of(session, module.Kinds), key=lambda row: row.id)
        assert misfits(full) + misfits(empty) == []
        names = [prop.key for prop in sa.inspect(module.Kinds).column_attrs if prop.key != "id"]
        before = {name: getattr(full, name) for name in names}
        assert [name for name, value in before.items() if value is None] == ["ac", "bf"]
        assert (before["ai"], before["an"], before["ax"]) == (["sad", 'say "hi"'], [11, 12], ["sad"])
        session.add_all([module.Kinds(id=n, **before) for n in (3, 4)])
        session.flush()
        session.expire_all()
        for row in (session.get(module.Kinds, n) for n in (3, 4)):
            assert {name: getattr(row, name) for name in names} == before
        for name, value in before.items():
            setattr(empty, name, value)
        session.flush()
        session.refresh(empty)
        assert {name: getattr(empty, name) for name in names} == before
        wrong = {}
        for name in (
            n for n in names if n not in ("u", "ac", "ad", "ap", "au", "aw", "bc", "bf")
        ):  # PostgreSQL itself cannot
            same = sa.select(module.Kinds.id).where(getattr(module.Kinds, name) == before[name])
            try:
                with warnings.catch_warnings(action="error"), session.begin_nested():
                    found = {*session.scalars(same)}
            except (sa.exc.DBAPIError, Warning) as error:
                found = error
            wrong |= {name: found} if found != {1, 2, 3, 4} else {}
        assert wrong == {}
    assert "point comes as text: str" in said
    assert "place comes as text: str" in said


def test_types_that_are_equal_to_what_reflection_finds(stranger, engine):
    module, _ = stranger(KINDS)
    with warnings.catch_warnings(action="ignore", category=sa.exc.SAWarning):
        reflected = sa.Table("kinds", sa.MetaData(), autoload_with=engine)
    ours = module.Base.metadata.tables["kinds"]
    for name in (
        "a",
        "b",
        "c",
        "d",
        "e",
        "g",
        "h",
        "i",
        "l",
        "m",
        "n",
        "o",
        "p",
        "q",
        "r",
        "s",
        "t",
        "v",
        "ab",
        "ae",
        "ag",
        "aj",
        "am",
    ):
        as_ddl = [column.type.compile(dialect=base.dialect()) for column in (ours.c[name], reflected.c[name])]
        assert as_ddl[0] == as_ddl[1], name


def test_names_of_every_kind_are_spelt_quoted_and_said(stranger, engine):
    names = [
        *NAMES,
        "metadata",
        "registry",
        "awaitable_attrs",
        "dict",
        "a.b",
        "a:b",
        "a(b",
        ":x",
        "%(a)s",
        "Base",
        "user",
        "system_user",
        "$1",
    ]
    columns = ", ".join(sql.Identifier(n).as_string() + f" integer DEFAULT {i}" for i, n in enumerate(names))
    text = f"""
        CREATE TABLE names (key integer PRIMARY KEY, {columns});
        CREATE TABLE "Names" ("na.me" integer PRIMARY KEY REFERENCES names, "other %" integer REFERENCES "Names");
        CREATE TABLE "select" (id integer PRIMARY KEY, names integer REFERENCES names, self_id integer REFERENCES "select");
        CREATE TABLE "1 t.able; %(x)s ""drop"" it" ("%" integer PRIMARY KEY REFERENCES "select" (id), ":a" text, "a" text);
        CREATE TABLE "base" (id integer PRIMARY KEY); CREATE TABLE "größe_日付" (id integer PRIMARY KEY); CREATE TABLE "system_user" (id integer);
        CREATE TYPE "We.ird %s Kind" AS ENUM ('%s', ':x', 'ünï', 'metadata'); CREATE TYPE "end" AS ENUM ('a'); CREATE TYPE optional AS ENUM ('b');
        CREATE TABLE "user" (id integer PRIMARY KEY, kind "We.ird %s Kind", who "end", kinds "We.ird %s Kind"[], opt optional);
        INSERT INTO names VALUES (1); INSERT INTO "Names" VALUES (1, 1); INSERT INTO "system_user" VALUES (5);
    """
    says = sql.Literal('says """ and \\ and \n\u2028 "; import os; os.abort()').as_string()
    text += (
        f"COMMENT ON TABLE names IS {says}; COMMENT ON COLUMN names.self IS {says}; COMMENT ON TYPE optional IS {says};"
    )
    module, said = stranger(text)
    with orm.Session(engine) as session:
        (row,) = all_of(session, module.Names_)
        values = [prop for prop in sa.inspect(module.Names_).mapper.column_attrs if prop.key != "key"]
        assert {prop.columns[0].name: getattr(row, prop.key) for prop in values} == {n: i for i, n in enumerate(names)}
        session.add(module.Names_(key=2, **{prop.key: 1000 + n for n, prop in enumerate(values)}))
        session.add_all([module.Names_(key=9 + n, **{prop.key: 1000 for prop in values}) for n in range(2)])
        session.flush()
        session.expire_all()
        again = session.get(module.Names_, 2)
        assert [getattr(again, prop.key) for prop in values] == [1000 + n for n in range(len(values))]
        ((other,),) = session.execute(sa.select(module.Names))
        assert (other.na_me_row, other.other___row, other.na_me) == (row, other, 1)
        chosen = module.Select(id=1, names=2, self_id=1)
        session.add(chosen)
        session.add(module.N1TAbleXSDropIt(unnamed=1, a="%", a_=":x"))
        session.add(module.User(id=1, kind="%s", who="a", kinds=["%s", ":x", "ünï"], opt="b"))
        session.flush()
        session.expire_all()
        assert (chosen.names_row.key, chosen.self_ is chosen, chosen.select_by_self) == (2, True, [chosen])
        assert session.get(module.User, 1).kinds == ["%s", ":x", "ünï"]
        assert session.execute(sa.select(module.system_user)).all() == [(5,)]
    for name in ("class", "1st", "metadata", "registry", "self"):
        assert f'names: "{name}" is ' in said


def test_keys_of_every_shape_lead_there_and_back(stranger, engine):
    module, said = stranger(LINKS)
    found = {m.class_.__name__: {r.key for r in m.relationships} for m in module.Base.registry.mappers}
    assert found == {
        "Codes": {"uses_by_code", "uses_by_code_", "uses_by_code__"},
        "Events": {"who_row", "remarks"},
        "Made": set(),
        "Pairs": {"one_row", "two_row", "pairs_by_one", "pairs_by_two"},
        "People": {
            "best",
            "boss",
            "mentor_row",
            "people_by_boss",
            "people_by_mentor",
            "players_by_person",
            "teams",
            "events",
        },
        "Players": {"people_by_best", "person_id_row", "team_row", "sub_team_row"},
        "Remarks": {"events"},
        "Teams": {"lead", "players_by_team", "players_by_sub_team"},
        "Uses": {"code_row", "code_row_", "codeID_row"},
    }
    assert {t.name for t in module.Base.metadata.tables.values()} == {c.lower() for c in found} | {"log", "seen"}
    assert '"log" is a table without a primary key: log' in said
    assert '"seen" is a view: seen' in said
    assert len(module.Players.__table__.foreign_key_constraints) == 4
    with orm.Session(engine) as session:
        boss, other = module.People(name="b"), module.People(name="o")
        person = module.People(name="p", boss=boss, mentor_row=other)
        player = module.Players(org=1, person_id_row=person, person="x")
        team, sub = module.Teams(org=1, id=5, lead=boss), module.Teams(org=1, id=6)
        session.add_all([player, team, sub])
        session.flush()
        player.team_row, player.sub_team_row, other.best = team, sub, player
        session.add_all([module.Pairs(org=1, id=n, one=1, two=n) for n in (1, 2)])
        code = module.Codes(id=1, code="c", other="c")
        session.add(module.Uses(code_row=code, codeID_row=code))
        session.add(module.Remarks(id=1, events=module.Events(id=1, at=datetime(2024, 5, 5, tzinfo=UTC), who_row=boss)))
        session.add(made := module.Made())
        session.commit()
        assert (made.id, made.twice, made.note, made.filled) == (7, 14, ":x %s 'q'", "by trigger")
        assert (player.team, player.sub_team, team.players_by_team, sub.players_by_sub_team) == (
            5,
            6,
            [player],
            [player],
        )
        assert (boss.people_by_boss, other.people_by_mentor, boss.people_by_mentor) == ([person], [person], [])
        assert (person.players_by_person, player.people_by_best, boss.events[0].remarks[0].id) == (player, other, 1)
        first, second = session.scalars(sa.select(module.Pairs).order_by(module.Pairs.id))
        assert ({*first.pairs_by_one}, second.pairs_by_two, second.one_row) == ({first, second}, [second], first)
        session.refresh(code)
        assert {len(getattr(code, name)) for name in found["Codes"]} == {1}
        session.delete(boss)  # the database refuses it: nothing of its children is made NULL before
        with pytest.raises(sa.exc.IntegrityError, match=r"people_boss_id_fkey|events_who_fkey|teams_lead_id_fkey"):
            session.flush()


def test_an_installation_of_any_name_is_reached_by_path_or_translation(stranger, engine):
    name = 'We.ird "Name" %s'
    text = "CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN few AS integer; CREATE TABLE a (id integer PRIMARY KEY, m mood, ms mood[], f few, a_id integer REFERENCES a);"
    module, _ = stranger(text, schema=name)
    path = "SET search_path = " + sql.Identifier(name).as_string()
    translated = engine.execution_options(schema_translate_map={None: name})
    for number, (bind, before) in enumerate(((engine, path), (translated, "SELECT 1"))):
        with orm.Session(bind) as session:
            session.execute(sa.text(before.replace(":", "\\:")))
            session.add(module.A(id=number, m="sad", ms=["sad"], f=3, a_id=number))
            session.commit()
            session.execute(sa.text(before.replace(":", "\\:")))
            (row,) = session.scalars(sa.select(module.A).filter_by(id=number, m="sad", f=3))
            assert (row.ms, row.a) == (["sad"], row)


def test_every_word_that_the_server_reserves_is_quoted(empty_url):
    from slate_pg.generate.models import _quoted

    with psycopg.connect(empty_url) as connection:
        words = [row[0] for row in connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")]
        bare = []
        for word in words:
            name = eval(_quoted(word), {"_sa": sa})  # noqa: S307 - it is our own word
            quoted = base.dialect().identifier_preparer.quote(name)
            bare += [word] if quoted == word else []
    assert len(words) > 90
    assert bare == []


def test_it_is_written_where_no_sqlalchemy_is_installed(tmp_path):
    (tmp_path / "0001_a.sql").write_text("CREATE TABLE a (id integer);")
    (tmp_path / "0001_a.rollback.sql").write_text("DROP TABLE a;")
    program = "import sys; sys.modules['sqlalchemy'] = None; from slate_pg.cli import run; run()"
    command = [
        sys.executable,
        "-c",
        program,
        "generate",
        "sqlalchemy",
        "--migrations",
        tmp_path,
        "--to",
        tmp_path / "a.py",
        "--json",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"changed": [str(tmp_path / "a.py")]}), ran.stderr
