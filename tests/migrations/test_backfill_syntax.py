"""What a backfill's file may say: one statement, a key range that limits rows, nothing that visits a row twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import FileError
from slate_pg.migrations.backfill.limits import Sizing
from slate_pg.migrations.backfill.syntax import Backfill, read, whole
from slate_pg.migrations.files import check_script, read_script
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.script import Script
from slate_pg.settings import Limits
from tests.workshop import Workshop

HEAD = "-- backfill: t, 100\n"


def backfill(text: str) -> Backfill:
    return read(Script(Path("f.sql"), text, False))


@pytest.mark.parametrize(
    ("statement", "columns", "written"),
    [
        ("UPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;", ("id",), "UPDATE t SET n = 1 WHERE id BETWEEN 1 AND 2"),
        ("update t as x set n = 1 where x.id >= :from and x.id <= :to", ("id",),
         "update t as x set n = 1 where x.id >= 1 and x.id <= 2"),
        ("DELETE FROM t WHERE n = ':from' AND (a, \"B c\") BETWEEN :from AND (:to)", ("a", "B c"),
         "DELETE FROM t WHERE n = ':from' AND (a, \"B c\") BETWEEN 1 AND (2)"),
        ("INSERT INTO u SELECT id FROM t WHERE id BETWEEN /* :to */ :from AND :to ON CONFLICT DO NOTHING;", ("id",),
         "INSERT INTO u SELECT id FROM t WHERE id BETWEEN /* :to */ 1 AND 2 ON CONFLICT DO NOTHING"),
        ("INSERT INTO u SELECT o.id FROM o JOIN t ON t.id = o.t AND t.id BETWEEN :from AND :to", ("id",),
         "INSERT INTO u SELECT o.id FROM o JOIN t ON t.id = o.t AND t.id BETWEEN 1 AND 2"),
        ("WITH p AS (SELECT id FROM t WHERE id BETWEEN :from AND :to) UPDATE t SET n = 1 FROM p WHERE p.id = t.id",
         ("id",), "WITH p AS (SELECT id FROM t WHERE id BETWEEN 1 AND 2) UPDATE t SET n = 1 FROM p WHERE p.id = t.id"),
        ("MERGE INTO u USING (SELECT * FROM t WHERE id BETWEEN :from AND :to) AS s ON u.id = s.id "
         "WHEN NOT MATCHED THEN INSERT VALUES (s.id)", ("id",),
         "MERGE INTO u USING (SELECT * FROM t WHERE id BETWEEN 1 AND 2) AS s ON u.id = s.id "
         "WHEN NOT MATCHED THEN INSERT VALUES (s.id)"),
    ],
)  # fmt: skip
def test_a_key_range_is_read_as_it_is_written(statement: str, columns: tuple[str, ...], written: str) -> None:
    found = backfill(HEAD + statement)
    assert (found.table, found.batch, found.columns) == ("t", 100, columns)
    assert found.written("1", "2") == written


@pytest.mark.parametrize(
    ("said", "table", "batch"),
    [("grades, 5000", "grades", 5000), ('"We, ird" . "t""x" ,1', '"We, ird" . "t""x"', 1), ("Schüler, 1000000", "Schüler", 10**6)],
)  # fmt: skip
def test_table_and_batch_are_read_from_the_first_lines(said: str, table: str, batch: int) -> None:
    found = backfill(f"-- Why: x\n\n-- backfill: {said}\nUPDATE x SET n = 1 WHERE id BETWEEN :from AND :to;")
    assert (found.table, found.batch) == (table, batch)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("-- backfill: t 100\nUPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;", 1, "takes a table and the most rows"),
        ("-- backfill: t, 0\nUPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;", 1, "1 to 1000000 rows, not 0"),
        ("-- backfill: t, 5\n-- backfill: u, 5\nUPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;", 2, "said twice"),
        (HEAD + "UPDATE t SET n = 1;", 2, "no key range"),
        ("-- transactional: true\n" + HEAD + "UPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;", 1, "one transaction"),
        (HEAD + "\nUPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;\nSELECT 1;", 4, "here are 2"),
        (HEAD + "-- nothing", 1, "here are 0"),
        (HEAD + "UPDATE t SET n = 1 WHERE id > :from AND id <= :to;", 2, "stand elsewhere"),
        (HEAD + "UPDATE t SET n = 1 WHERE id BETWEEN :from AND :to OR n IS NULL;", 2, "stand elsewhere"),
        (HEAD + "UPDATE t SET n = :to WHERE id BETWEEN :from AND :to;", 2, "stand elsewhere"),
        (HEAD + "UPDATE t SET n = 1 WHERE NOT (id BETWEEN :from AND :to);", 2, "stand elsewhere"),
        (HEAD + "UPDATE t SET n = 1 WHERE id + 0 BETWEEN :from AND :to;", 2, "stand elsewhere"),
        (HEAD + "INSERT INTO u SELECT * FROM o LEFT JOIN t ON t.id BETWEEN :from AND :to;", 2, "stand elsewhere"),
        (HEAD + "MERGE INTO u USING t ON u.id = t.id AND t.id BETWEEN :from AND :to WHEN NOT MATCHED THEN INSERT "
         "VALUES (t.id);", 2, "stand elsewhere"),
        (HEAD + "UPDATE t SET (n, id) = (1, id + 1) WHERE id BETWEEN :from AND :to;", 2, "it changes id, which is its key"),
        (HEAD + "MERGE INTO t USING (SELECT * FROM t WHERE id BETWEEN :from AND :to) AS s ON t.id = s.id "
         "WHEN MATCHED THEN UPDATE SET id = 7;", 2, "it changes id, which is its key"),
        ('-- backfill: a."T", 5\nINSERT INTO b."T" SELECT * FROM a."T" WHERE id BETWEEN :from AND :to;', 2,
         "it inserts into"),
        (HEAD + "WITH p AS (SELECT id FROM t WHERE id BETWEEN :from AND :to FOR UPDATE SKIP LOCKED) DELETE FROM t "
         "USING p WHERE t.id = p.id;", 2, "SKIP LOCKED"),
        (HEAD + "DELETE FROM t WHERE id BETWEEN :from AND :to RETURNING id;", 2, "RETURNING"),
        (HEAD + "SELECT f(id) FROM t WHERE id BETWEEN :from AND :to;", 2, "is an UPDATE, DELETE, INSERT"),
        (HEAD + "UPDATE t\nSET FROM t WHERE id BETWEEN :from AND :to;", 3, "cannot be read"),
        (HEAD + "UPDATE t SET n = 1 WHERE id BETWEEN ':from' AND ':to';", 2, "no key range"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_in_batches_is_refused_by_its_line(text: str, line: int, said: str) -> None:
    script = Script(Path("f.sql"), text, False)
    assert script.is_backfill
    with pytest.raises(FileError, match=f"f.sql:{line}: ") as refused:
        check_script(script)
    assert said in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "text", ["-- backfill: see the ticket\nUPDATE t SET n = 1;", "SELECT 1;\n-- backfill: t, 5\nSELECT ':from';"]
)
def test_a_comment_that_begins_so_is_a_comment(shop: Workshop, text: str) -> None:
    script, _ = read_script(shop.write("shop_0001_a", text))
    assert script.transactional
    assert not script.is_backfill


def test_a_backfill_in_another_tools_folder_is_refused_by_name(shop: Workshop) -> None:
    text = f"{HEAD}UPDATE t SET n = 1 WHERE id BETWEEN :from AND :to;"
    (shop.folder / "0001_a.up.sql").write_text(text)
    (shop.folder / "0001_a.down.sql").write_text("SELECT 1;")
    with pytest.raises(FileError, match=r"0001_a\.up\.sql is a backfill, which is Slate's own kind of file"):
        read_migrations(shop.product)


def test_a_place_in_what_was_sent_is_found_in_the_file() -> None:
    found = backfill(HEAD + "UPDATE t SET n = 1 WHERE (id) BETWEEN :from AND :to AND nn = 2;")
    sent = found.written("'11'::bigint", "'222'::bigint")
    assert found.statement.text[found.origin(sent.index("nn"), "'11'::bigint", "'222'::bigint") :] == "nn = 2;"
    assert found.statement.text[found.origin(sent.index("222"), "'11'::bigint", "'222'::bigint") :].startswith(":to")


@pytest.mark.parametrize(
    ("statement", "all_of_it"),
    [
        ("UPDATE t SET n = 1 WHERE id BETWEEN :from AND :to", "UPDATE t SET n = 1 WHERE true"),
        ("DELETE FROM t AS x WHERE x.id >= :from AND n > 5 AND x.id <= :to",
         "DELETE FROM t x WHERE true AND n > 5 AND true"),
        ("INSERT INTO u SELECT o.id FROM o JOIN t ON t.id = o.t AND (t.a, t.id) BETWEEN :from AND :to",
         "INSERT INTO u SELECT o.id FROM o JOIN t ON t.id = o.t AND true"),
    ],
)  # fmt: skip
def test_without_its_range_it_is_what_all_batches_do(statement: str, all_of_it: str) -> None:
    assert whole(backfill(HEAD + statement)) == all_of_it


def sizes(fixed: float, each: float, most: int = 5000, batches: int = 60) -> list[int]:
    """Return how many rows each batch has, where it costs so many seconds and each row so many more."""
    sizing, found = Sizing(100), []
    for _ in range(batches):
        found.append(sizing.size)
        sizing = sizing.after(sizing.size, fixed + each * sizing.size, most, Limits())
    return found


def test_batches_come_to_take_what_they_aim_at() -> None:
    assert sizes(0.001, 0.0001)[-1] in range(900, 1100), "a tenth of a second"
    assert sizes(0.0, 0.000001)[-1] == 5000, "never more than the file says"
    assert sizes(0.0, 5.0)[-1] == 1


def test_what_a_batch_costs_beside_its_rows_makes_it_no_smaller() -> None:
    found = sizes(0.3, 0.00001)
    rows, seconds = sum(found[-20:]), sum(0.3 + 0.00001 * size for size in found[-20:])
    assert rows / seconds > 5000, f"at a row a batch it would be 3 a second: {found}"


def test_what_takes_far_too_long_is_made_smaller_all_the_same() -> None:
    assert sizes(2.0, 0.001)[-1] < 100


def test_a_batch_in_the_way_is_halved_whatever_it_costs() -> None:
    assert Sizing(1000, 800, (2000, 10.0)).cut(1000) == Sizing(500)
