"""A folder of migrations is read as yoyo reads it, and what yoyo lets pass is refused by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from slate_pg.errors import FileError, GraphError
from slate_pg.migrations.files import (
    Migration,
    Script,
    check_ids,
    check_script,
    read_folder,
    remarks,
    same_but_for_comments,
)
from slate_pg.migrations.order import find_misnumbered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a_0001_one", "a_0002_two"):
        (tmp_path / f"{name}.sql").write_text("SELECT 1;")
        (tmp_path / f"{name}.rollback.sql").write_text("SELECT 2;")
    return tmp_path


def read_one(folder: Path, text: str | bytes) -> Migration:
    path = folder / "a_0001_one.sql"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_folder(folder)[0]


def test_migrations_come_in_file_name_order_with_their_rollbacks(folder: Path) -> None:
    first, second = read_folder(folder)
    assert (first.id, second.id) == ("a_0001_one", "a_0002_two")
    assert first.rollback is not None
    assert first.rollback.text == "SELECT 2;"
    assert first.apply.checksum == hashlib.sha256(b"SELECT 1;").hexdigest()


def test_leading_directives_are_read_and_later_ones_are_not(folder: Path) -> None:
    found = read_one(
        folder,
        "\n-- Why: x\n-- depends: b c\n--  transactional: FALSE \n--depends: d\n\nSELECT 1;\n-- depends: nowhere\n",
    )
    assert found.depends == ("b", "c", "d")
    assert not found.apply.transactional


def test_stock_yoyo_reads_the_same_dependencies_and_mode(folder: Path) -> None:
    from yoyo import read_migrations

    ours = read_one(
        folder,
        "-- transactional: false\n-- depends: a_0002_two\n-- Why: both agree\nCREATE INDEX CONCURRENTLY i ON t (a);\n",
    )
    theirs = {m.id: m for m in read_migrations(str(folder))}[ours.id]
    assert {m.id for m in theirs.depends} == set(ours.depends)
    assert theirs.use_transactions == ours.apply.transactional


def test_a_rollback_has_its_own_mode(folder: Path) -> None:
    (folder / "a_0001_one.rollback.sql").write_text("-- transactional: false\nDROP INDEX CONCURRENTLY i;")
    first = read_folder(folder)[0]
    assert first.apply.transactional
    assert first.rollback is not None
    assert not first.rollback.transactional


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("-- depend: b\n", 'a_0001_one.sql:1: unknown directive "depend"', 'Did you mean "depends"?'),
        (
            "-- x\n-- transactionel: false\n",
            'sql:2: unknown directive "transactionel"',
            'Did you mean "transactional"?',
        ),
        ("-- transactional: no\n", 'transactional is "true" or "false", not "no"', "Correct the directive."),
        ("-- depends: b, c\n", "depends takes names with spaces", "Remove the commas."),
        (b"SELECT 1;\n-- caf\xe9", "a_0001_one.sql:2: byte 16 is not UTF-8", "Save the file as UTF-8"),
        (b"SELECT 1;\n  \x00", "a_0001_one.sql:2:3: a NUL byte", "PostgreSQL text cannot hold it."),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_line_and_a_hint(
    folder: Path, text: str | bytes, message: str, hint: str
) -> None:
    with pytest.raises(FileError) as refused:
        read_one(folder, text)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_headers_of_the_house_are_no_directives(folder: Path) -> None:
    found = read_one(
        folder, "-- Why:  teachers correct a level\n-- Lock: none. Rollback loses: nothing.\n-- note: x\nSELECT 1;"
    )
    assert found.depends == ()


@pytest.mark.parametrize(
    ("raw", "text"), [(b"\xef\xbb\xbfSELECT 1;", "SELECT 1;"), (b"a\r\nb\r\n", "a\r\nb\r\n"), (b"", "")]
)
def test_a_byte_order_mark_goes_and_line_ends_stay(folder: Path, raw: bytes, text: str) -> None:
    assert read_one(folder, raw).apply.text == text


def test_a_rollback_without_its_migration_is_refused(folder: Path) -> None:
    (folder / "a_0001_one.sql").unlink()
    with pytest.raises(FileError, match=r"a_0001_one\.rollback\.sql rolls back a migration that is not there"):
        read_folder(folder)


def test_a_missing_rollback_is_seen(folder: Path) -> None:
    (folder / "a_0001_one.rollback.sql").unlink()
    assert read_folder(folder)[0].rollback is None


def test_a_python_migration_is_refused_by_name(folder: Path) -> None:
    (folder / "a_0003_three.py").write_text("steps = []")
    with pytest.raises(FileError, match=r'"a_0003_three\.py" is Python'):
        read_folder(folder)


def test_other_files_are_passed_over(folder: Path) -> None:
    for name in ("README.md", "__init__.py", "a_0003.sql~", ".a_0004.sql.swp"):
        (folder / name).write_text("x")
    assert len(read_folder(folder)) == 2


def test_ids_are_unique_over_folders(folder: Path, tmp_path: Path) -> None:
    migrations = read_folder(folder)
    check_ids(migrations)
    with pytest.raises(GraphError, match='two migrations are called "a_0001_one"') as refused:
        check_ids([*migrations, Migration("a_0001_one", (), Script(tmp_path / "other" / "a_0001_one.sql", ""), None)])
    assert len(refused.value.detail) == 2


def test_a_script_that_ends_the_transaction_is_refused_with_its_place(tmp_path: Path) -> None:
    check_script(Script(tmp_path / "x.sql", "SAVEPOINT a; ROLLBACK TO a; RELEASE a; DO $$ BEGIN COMMIT; END $$;"))
    with pytest.raises(FileError, match=r"x\.sql:2:3: COMMIT in a migration"):
        check_script(Script(tmp_path / "x.sql", "SELECT 1;\n  commit;"))


def test_comments_make_no_difference_and_content_does() -> None:
    assert same_but_for_comments("SELECT 1; -- a", "/* b */ SELECT 1;")
    assert not same_but_for_comments("SELECT 1;", "SELECT 2;")


@pytest.mark.parametrize(
    "name", [".#a_0003_x.sql", "._a_0003_x.sql", "a_0003_x.sql~", "a_0003_x.sql.swp", "#a_0003_x.sql#"]
)
def test_files_of_editors_and_systems_are_passed_over_and_said(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\0 no SQL")
    assert [m.id for m in read_folder(folder)] == ["a_0001_one", "a_0002_two"]
    assert remarks(folder) == [f"{folder / name} is passed over"]


def test_a_dangling_link_of_an_editor_is_passed_over(folder: Path) -> None:
    (folder / ".#a_0003_x.sql").symlink_to("somebody@nowhere.1234")
    assert len(read_folder(folder)) == 2


@pytest.mark.parametrize(
    "name", ["a_0003_x.SQL", "a_0003_x.Sql", "a_0003_x.down.sql", "A_0001_ONE.sql", "a_0003_x.rollback.SQL"]
)
def test_a_name_that_may_be_taken_for_a_migration_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(FileError) as refused:
        read_folder(folder)
    assert name.lower() in refused.value.message.lower()
    assert refused.value.hint.startswith("Rename")


def test_a_folder_or_a_link_to_nothing_with_the_name_of_a_migration_is_refused(folder: Path) -> None:
    (folder / "a_0003_x.sql").mkdir()
    with pytest.raises(FileError, match=r"a_0003_x\.sql is a folder"):
        read_folder(folder)
    (folder / "a_0003_x.sql").rmdir()
    (folder / "a_0003_x.sql").symlink_to("nowhere")
    with pytest.raises(FileError, match=r"a_0003_x\.sql: No such file"):
        read_folder(folder)


def test_a_folder_with_sql_inside_a_product_is_passed_over_and_said(folder: Path) -> None:
    (folder / "old").mkdir()
    (folder / "old" / "x.sql").write_text("SELECT 1;")
    assert remarks(folder) == [f"{folder / 'old'} is passed over, with the SQL in it"]


def test_numbers_that_the_order_by_name_takes_otherwise_are_said(folder: Path) -> None:
    def named(*ids: str) -> list[Migration]:
        return [Migration(i, (), Script(folder / f"{i}.sql", ""), None) for i in ids]

    assert find_misnumbered(named("10_b", "2_a")) == ("10_b", "2_a")
    assert find_misnumbered(named("0002_a", "0010_b")) is None
    assert find_misnumbered(named("V1_10__b", "V1_9__a")) == ("V1_10__b", "V1_9__a")


@pytest.mark.parametrize(
    "text",
    ["-- Why:\n-- Lock: . Rollback loses: .\n", "-- The mirror of x, in reverse order: no CASCADE, no IF EXISTS.\n"],
)
def test_an_unfilled_scaffold_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError, match="as `slate new` wrote it"):
        check_script(Script(tmp_path / "x.sql", text))


def test_line_ends_and_comments_are_no_edit_beside_copy_data_either() -> None:
    one = "-- a\nCOPY t FROM stdin;\n1\ttwo  -- no comment\n\\.\nSELECT 1;\n"
    assert same_but_for_comments(one, one.replace("-- a", "-- b").replace("\n", "\r\n"))
    assert not same_but_for_comments(one, one.replace("two  --", "two --"))
