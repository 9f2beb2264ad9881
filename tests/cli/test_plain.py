"""A plain `slate status` is answered without Typer, and says what Typer's says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command

from slate_pg.cli import asked, plain
from slate_pg.cli.app import build

STATUS: Any = get_command(build(["status"])).commands["status"]  # type: ignore[attr-defined]
WORDS = [
    *plain.TAKES, "--json", "--var", "a=b", "--statement-timeout", "5", "--wait-for-database", "--help", "-h", "--yes",
    "--", "-", "-d=x", "-dx", "--database=x", "--js", "--unknown", "", " ", "spark", "Weird Name", "schülerin", "--json=1",
    "select", "a'b", "%s", "-x",
]  # fmt: skip


def by_typer(words: list[str]) -> dict[str, Any] | str:
    """Return what Typer has read in the words behind `slate status`, or what it ends with."""
    try:
        params = STATUS.make_context("status", list(words)).params
    except (typer.Exit, Exception) as error:
        return type(error).__name__
    return {name: value for name, value in params.items() if value not in (None, (), [])}


def without_typer(line: plain.Line) -> dict[str, Any]:
    """Return what was read in the same form."""
    products = {"products": line.products} if line.products else {}
    return {**products, **line.options, "as_json": line.as_json}


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6))
def test_what_is_read_without_typer_is_what_typer_reads(words: list[str]) -> None:
    line = plain.read_status(words)
    assert line is None or without_typer(line) == by_typer(words)


@pytest.mark.parametrize(
    "line",
    [
        "", "--json", "spark", "spark vividly --json", "-d x", "--database x", "--migrations db --json spark", "--env prod",
        "--role reader -d x --json --json a b", "-d x -d y",
    ],
)  # fmt: skip
def test_the_lines_that_people_type_need_no_typer(line: str) -> None:
    assert plain.read_status(line.split()) is not None


@pytest.mark.parametrize(
    "words",
    [["status", "-h"], ["status", "--jsn"], ["status", "-d"], ["--version"], ["apply"], [], ["status", "--", "a"]],
)
def test_help_mistakes_and_other_commands_are_typers(words: list[str]) -> None:
    assert not plain.is_answered(words)


def test_what_a_shell_asks_for_is_typers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(plain.ASKED, "complete_bash")
    assert not plain.is_answered(["status"])


def test_every_option_of_a_status_is_told_or_left_to_typer() -> None:
    """One that is added is refused here until somebody has thought of it."""
    known = {name for parameter in STATUS.params for name in parameter.opts if name.startswith("-")}
    elsewhere = {"--var", "--wait-for-database", "--statement-timeout", "--connect-timeout", "--help", "-h"}
    assert set(plain.TAKES) | {"--json"} == known - elsewhere
    assert {p.name for p in STATUS.params} >= {"products", "as_json", *plain.TAKES.values()}


def ran(*words: str, **options: Any) -> tuple[int, str, str]:
    """Run `slate status` in a process of its own."""
    line = [sys.executable, "-m", "slate_pg", "status", *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        [], ["--json"], ["db"], ["no such"], ["no such", "--json"], ["--env", "prod"], ["--env", "prod", "--json"],
        ["--env", "gone"], ["--env", "gone", "--json"], ["--migrations", "nowhere"], ["--migrations", "nowhere", "--json"],
        ["--role", "", "--json"], ["--role", "nobody here"], ["-d", "host=/nowhere dbname=x"], ["-d", "host=/nowhere", "--json"],
        ["-d", "host='"], [""],
    ],
)  # fmt: skip
def test_both_say_the_same_and_end_the_same(
    words: list[str], folder: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent
    (home / "pyproject.toml").write_text(
        '[tool.slate]\nmigrations = "db"\n[tool.slate.env.prod]\ndatabase = "env:PROD_URL"\nprotected = true\n'
    )
    monkeypatch.chdir(home)
    monkeypatch.setenv("PROD_URL", empty_database)
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert plain.read_status(words) is not None
    quickly = ran(*words)
    assert quickly == ran(*words, "--")  # which Typer reads, as it reads nothing
    assert quickly[0] in (1, 2, 3)
    assert "Traceback" not in quickly[2]


def test_a_key_ends_it_as_it_ends_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(asked, "begin", interrupted)
    with pytest.raises(plain.Interrupted) as ended:
        plain.is_answered(["status"])
    assert ended.value.exit_code == 130
