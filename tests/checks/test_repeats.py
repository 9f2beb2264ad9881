"""What a database should be includes its repeatable objects: drift, check, snapshot and adopt know them."""

from __future__ import annotations

import pytest

from slate_pg.checks import snapshot
from slate_pg.checks.check import check
from slate_pg.checks.drift import find_drift
from slate_pg.errors import Misuse
from slate_pg.migrations.repeatable import applying
from slate_pg.migrations.runner import rollback
from slate_pg.operations.adopt import adopt
from slate_pg.operations.repair import repair
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

TABLE = "CREATE TABLE t (id integer, b text);"
FILES = {
    "z": "CREATE VIEW v WITH (security_invoker) AS SELECT id FROM t; GRANT SELECT ON v TO PUBLIC;",
    "a": "CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE UNIQUE INDEX mi ON m (id);",
    "f": "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';"
    "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; COMMENT ON FUNCTION f() IS 'one';",
}


@pytest.fixture
def repeated(shop: Workshop) -> Workshop:
    shop.write("m1", TABLE, "DROP TABLE t;")
    for name, text in FILES.items():
        put(shop, name, text)
    return shop


def put(shop: Workshop, name: str, text: str) -> None:
    (shop.folder / "repeatable").mkdir(exist_ok=True)
    (shop.folder / "repeatable" / f"{name}.sql").write_text(text)


def drift(shop: Workshop) -> list[str]:
    with connect(shop.url) as connection:
        return [str(difference) for difference in find_drift(connection, [], shop.project).differences]


def test_drift_expects_what_the_texts_on_record_make_and_the_change_of_a_text_makes_the_same(
    repeated: Workshop,
) -> None:
    repeated.apply()
    assert drift(repeated) == []
    put(repeated, "z", "CREATE VIEW v AS SELECT b, id::bigint AS id FROM t; COMMENT ON VIEW v IS 'new';")
    repeated.apply()
    assert drift(repeated) == []
    put(repeated, "z", FILES["z"])  # not applied: the ledger's text is what counts
    repeated.do("CREATE OR REPLACE VIEW shop.v AS SELECT b, id::bigint AS id FROM shop.t WHERE id > 1")
    assert any("shop.v: definition" in said for said in drift(repeated))
    with repeated.run() as run:
        rollback(run)
    assert drift(repeated) == []


def test_drift_names_a_text_in_the_ledger_that_was_changed_and_runs_nothing(repeated: Workshop) -> None:
    repeated.apply()
    repeated.do("UPDATE shop._slate_ledger SET body = 'SELECT 1' WHERE kind = 'repeatable' AND key = 'z'")
    with connect(repeated.url) as connection:
        found = find_drift(connection, [], repeated.project)
    assert [(m.id, m.which) for m in found.tampered] == [("z", "text or checksum")]


def test_check_proves_them_and_the_snapshot_draws_them(repeated: Workshop) -> None:
    snapshot.write(files := snapshot.render(repeated.project, [repeated.product]), snapshot.compare(files))
    assert {"f.sql", "m.sql", "v.sql"} <= {path.name for path in files}
    report = check(repeated.project, [repeated.product], ("rollback", "snapshot"))
    assert (report.findings, report.notes[-1:]) == ([], ["shop: 3 repeatable files proven"])
    put(repeated, "z", "CREATE VIEW v AS SELECT nothing FROM t;")
    found = check(repeated.project, [repeated.product], ("rollback",)).findings
    assert [(f.file, f.rule, f.message) for f in found] == [
        ("migrations/shop/repeatable/z.sql", "replay", 'column "nothing" does not exist')
    ]


def test_check_says_what_a_file_does_not_make_the_same_twice(
    repeated: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "apply_again", lambda run: run.connection.execute("DROP VIEW shop.v CASCADE"))
    found = check(repeated.project, [repeated.product], ("rollback",)).findings
    assert any("applied once more, do not give what there was" in f.message for f in found)


@pytest.mark.parametrize("gone", ["", "DROP VIEW shop.v CASCADE; DROP FUNCTION shop.f()"])
def test_adopt_takes_a_schema_with_them_and_one_before_them(repeated: Workshop, gone: str) -> None:
    repeated.apply()
    repeated.do(f"DROP TABLE shop._slate_ledger CASCADE; {gone}")
    with repeated.run() as run:
        assert adopt(run, repeated.project).differences == []
        applying.apply_all(run)
        assert sorted(run.repeated) == (sorted(FILES) if gone else [])
    assert drift(repeated) == []


def test_adopt_refuses_a_schema_in_which_one_is_otherwise(repeated: Workshop) -> None:
    repeated.apply()
    repeated.do("DROP TABLE shop._slate_ledger CASCADE; CREATE OR REPLACE VIEW shop.v AS SELECT 1 AS id")
    with repeated.run() as run:
        assert adopt(run, repeated.project).differences
    with pytest.raises(Misuse):
        drift(repeated)


def test_a_repair_says_that_a_changed_file_is_why_the_schema_differs(repeated: Workshop) -> None:
    repeated.apply()
    repeated.do("DELETE FROM shop._slate_ledger WHERE kind = 'migration'")
    put(repeated, "z", "CREATE VIEW v AS SELECT id, b FROM t;")
    with repeated.run() as run:
        assert repair(run, repeated.project).notes == [
            "repeatable files are not as they were applied, put them back first: z"
        ]
    put(repeated, "z", FILES["z"])
    with repeated.run() as run:
        assert repair(run, repeated.project, write=True).written
