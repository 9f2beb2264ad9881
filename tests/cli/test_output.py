"""Colour and progress bars are for terminals."""

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from slate_pg.cli.output import put_json, put_table


def test_colours_and_bars_appear_on_a_terminal_only(slate, folder, empty_database):
    piped = slate("apply", "--migrations", str(folder))
    assert "\x1b" not in piped.out + piped.err
    slate("rollback", "db", "--all", "--migrations", str(folder))
    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "slate_pg", "apply", "--migrations", str(folder)],
        stderr=follower, stdout=subprocess.PIPE, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(follower)
    assert b"\x1b" in os.read(leader, 100_000)


@pytest.mark.parametrize(
    "settings",
    [{"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
     {"TERM": "dumb", "PYTHONIOENCODING": "cp1252"}],
    ids=str,
)  # fmt: skip
def test_a_terminal_without_the_letters_gets_others_and_no_traceback(folder, empty_database, settings):
    (folder / "db_0009_größe_→_😀.sql").write_text("SELECT no_such_thing_…;", encoding="utf-8")
    (folder / "db_0009_größe_→_😀.rollback.sql").write_text("SELECT 1;", encoding="utf-8")
    for command in ("status", "apply"):
        done = subprocess.run(
            [sys.executable, "-m", "slate_pg", command, "--migrations", str(folder)],
            capture_output=True, env={**os.environ, "DATABASE_URL": empty_database, **settings}, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        assert b"db_0009_gr" in done.stdout + done.stderr
        assert (b"->" in done.stdout + done.stderr) is ("LC_ALL" not in settings), "C knows no letters of names at all"
    assert done.returncode == 1


def test_a_reader_that_goes_away_gets_no_traceback(folder, empty_database):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "slate_pg", "status", "--migrations", str(folder), "--json"],
        stdout=writing, stderr=subprocess.PIPE, env={**os.environ, "DATABASE_URL": empty_database}, check=False,
    )  # fmt: skip
    os.close(writing)
    assert b"Traceback" not in done.stderr


def test_tables_fit_eighty_columns_and_lose_nothing(capsys):
    why = "keeps the partitions of events ahead of time, so that no row is refused at midnight, whoever writes it"
    rows = [
        ("learning", "create_partitions_of_events_ahead", "*/30 * * * *", "never ran", why),
        ("a", "b", "c", "d", 5),
    ]
    put_table(("product", "job", "schedule", "last", "why"), rows)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line[-40:].split("  ")[-1].strip() for line in lines if line).count("midnight") == 1
    put_table(("a", "b"), [("x" * 300, "y" * 300)])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_moments_in_json_are_those_of_rfc_3339(capsys):
    put_json({"at": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "day": date(2026, 1, 2)})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-01-02T03:04:05.000006+00:00", "day": "2026-01-02"}
