"""A big file is read in pieces: it does what it would do whole, and the ledger keeps its checksum."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from slate_pg.errors import EditedError, FileError, MigrationFailed, SlateError
from slate_pg.migrations import script
from slate_pg.migrations.files import read_folder
from slate_pg.postgres import sending, stream
from tests.workshop import COMMAND, Workshop, eventually

TABLE = "CREATE TABLE readings (id integer PRIMARY KEY, name text);\n"


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file of this test be big, and pieces be short."""
    monkeypatch.setattr(script, "BIG", 10)
    monkeypatch.setattr("slate_pg.migrations.files.BIG", 10)
    monkeypatch.setattr(stream, "CHUNK", 50)


def rows(number: int, bad: int = -1) -> str:
    return "".join(f"{n}\tgröße {n}\n" if n != bad else f"x\tgröße {n}\n" for n in range(number))


def with_data(number: int, bad: int = -1) -> str:
    return f"{TABLE}\nCOPY readings FROM stdin;\n{rows(number, bad)}\\.\n\nCREATE INDEX i ON readings (name);\n"


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("head", ["", "-- transactional: false\n"], ids=["one transaction", "none"])
def test_a_big_file_does_what_it_would_do_whole(shop: Workshop, head: str) -> None:
    inserts = "".join(f"INSERT INTO readings VALUES ({n}, 'it''s; {n}');\n" for n in range(100, 120))
    csv = 'COPY readings FROM stdin (FORMAT csv);\n200,"a\n\\. b; c"\n201,"d"\n\\.\n'
    routine = "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $f$ SELECT 7; $f$;\n"
    shop.write("shop_0001_big", head + with_data(50) + inserts + csv + routine, "DROP TABLE readings; DROP FUNCTION f;")
    shop.apply()
    assert shop.value("SELECT count(*) FROM shop.readings") == 72
    assert shop.value("SELECT name FROM shop.readings WHERE id = 49") == "größe 49"
    assert shop.value("SELECT name FROM shop.readings WHERE id = 119") == "it's; 119"
    assert shop.value("SELECT name FROM shop.readings WHERE id = 200") == "a\n\\. b; c"
    assert shop.value("SELECT shop.f()") == 7
    assert shop.exists("shop.i")
    checksum = read_folder(shop.folder)[0].apply.checksum
    assert shop.rows("SELECT body, checksum FROM shop._slate_ledger WHERE kind = 'migration'") == [(None, checksum)]
    assert shop.state().is_current
    assert shop.rollback() == ["shop_0001_big"]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("head", ["", "-- transactional: false\n"], ids=["one transaction", "none"])
def test_a_row_that_does_not_fit_is_named_by_its_line(shop: Workshop, head: str) -> None:
    path = shop.write("shop_0001_big", head + with_data(50, bad=30))
    line = 34 + head.count("\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:{3 + head.count(chr(10))}" in failed.value.message
    assert any(f"row: {path}:{line}: x\tgröße 30" in text for text in failed.value.detail), failed.value.detail
    assert shop.exists("shop.readings") is bool(head)
    path.write_text(head + with_data(50))
    shop.apply()
    assert shop.value("SELECT count(*) FROM shop.readings") == 50


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("head", ["", "-- transactional: false\n"], ids=["one transaction", "none"])
def test_one_insert_of_many_that_fails_is_named_by_its_line(shop: Workshop, head: str) -> None:
    inserts = "".join(f"INSERT INTO readings VALUES ({n % 30}, '');\n" for n in range(40))
    path = shop.write("shop_0001_big", head + TABLE + inserts)
    with pytest.raises(MigrationFailed, match=f"{path}:{32 + head.count(chr(10))}"):
        shop.apply()


@pytest.mark.usefixtures("small_pieces")
def test_what_the_server_points_at_is_pointed_at(shop: Workshop) -> None:
    path = shop.write("shop_0001_big", with_data(50) + "SELECT 'größe', nothing FROM readings;\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:57:17" in failed.value.message
    line, caret = failed.value.detail[1:3]
    assert line.index("nothing") == caret.index("^")


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    ("statement", "said"),
    [("COMMIT;", ":57:1: COMMIT in"), ("DISCARD ALL;", ":57:1: DISCARD ALL"), ("\\d\n", "line 57"),
     ("SELECT pg_advisory_unlock_all();", ":57:1: pg_advisory_unlock_all"),
     ("INSERT INTO readings SELECT 1 FROM pg_advisory_unlock_all();", "pg_advisory_unlock_all")],
)  # fmt: skip
def test_what_no_migration_may_hold_is_refused_before_anything_runs(shop: Workshop, statement: str, said: str) -> None:
    path = shop.write("shop_0001_big", with_data(50) + statement)
    with pytest.raises(FileError) as failed:
        shop.apply()
    assert str(path) in failed.value.message
    assert said in failed.value.message
    assert not shop.exists("shop.readings")


@pytest.mark.usefixtures("small_pieces")
def test_data_that_speaks_of_commands_is_data(shop: Workshop) -> None:
    data = "COPY readings FROM stdin;\n500\tCOMMIT; SELECT pg_advisory_unlock_all();\n501\tSET lock_timeout = 0\n\\.\n"
    insert = "INSERT INTO readings VALUES (600, 'COMMIT; pg_advisory_unlock_all() lock_timeout');\n"
    shop.write("shop_0001_big", with_data(5) + data + insert)
    shop.apply()
    assert shop.value("SELECT count(*) FROM shop.readings") == 8


@pytest.mark.usefixtures("small_pieces")
def test_an_edit_of_a_big_file_is_an_edit_by_its_checksum(shop: Workshop) -> None:
    path = shop.write("shop_0001_big", with_data(50))
    shop.apply()
    path.write_text(with_data(50).replace("größe 7", "größe 8"))
    assert shop.state().edited == ("shop_0001_big",)
    with pytest.raises(EditedError) as refused:
        shop.apply()
    assert any("SHA-256" in line for line in refused.value.detail)


@pytest.mark.usefixtures("small_pieces")
def test_a_big_rollback_needs_its_file(shop: Workshop) -> None:
    undo = "DROP TABLE readings; -- " + "x" * 100
    shop.write("shop_0001_big", with_data(5), undo)
    shop.apply()
    file = shop.folder / "shop_0001_big.rollback.sql"
    kept = file.read_text()
    file.unlink()
    with pytest.raises(FileError, match="is big"):
        shop.rollback()
    file.write_text(kept + "-- otherwise")
    with pytest.raises(EditedError):
        shop.rollback()
    file.write_text(kept)
    assert shop.rollback() == ["shop_0001_big"]


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_changes_while_it_is_applied_is_not_applied(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.write("shop_0001_big", with_data(50))
    real = sending.send_file

    def change(*arguments: Any) -> tuple[int, str]:
        path.write_text(with_data(51))
        return real(*arguments)

    monkeypatch.setattr(sending, "send_file", change)
    with pytest.raises(SlateError, match="changed while"):
        shop.apply()
    assert not shop.exists("shop.readings")


def test_thirty_megabytes_take_little_memory_and_survive_a_kill(shop: Workshop) -> None:
    """The bound is for the process with Python itself: 150 MB, whatever the size of the file."""
    size = 400_000
    with (shop.folder / "shop_0001_big.sql").open("w") as file:
        file.write(f"{TABLE}COPY readings FROM stdin;\n")
        file.writelines(f"{n}\t{'größe' * 10} {n}\n" for n in range(size))
        file.write("\\.\n")
    (shop.folder / "shop_0001_big.rollback.sql").write_text("DROP TABLE readings;")
    running = shop.start("apply")
    eventually(
        lambda: shop.rows(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY readings%%' AND pid <> "
            "pg_backend_pid()"
        ),
        "the data is on its way",
    )
    shop.kill(running)
    shop.all_gone()
    assert not shop.exists("shop.readings")
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    arguments = [*COMMAND, "apply", "--migrations", str(shop.folder.parent), "--database", shop.url]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert shop.value("SELECT count(*) FROM shop.readings") == size
    assert int(done.stdout.split()[-1]) < 150_000, "kB at the most"
