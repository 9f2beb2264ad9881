"""Commands take words as they stand: what Typer gives, without loading what converts values."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Optional

import pytest
import typer
from typer.core import TyperCommand
from typer.testing import CliRunner

from slate_pg.cli.command import Command

NOWHERE = ["--database", "postgresql://127.0.0.1:1/x"]


@pytest.mark.parametrize(
    "line",
    [
        ["--version"],
        ["--help"],
        ["status", *NOWHERE],
        ["status", "flourish", "core", "--json", *NOWHERE],
        ["apply", "flourish", "--to", "x", *NOWHERE],
        ["rollback", "flourish", *NOWHERE],
        ["drift", "--format", "json", *NOWHERE],
        ["jobs", "list", "flourish", *NOWHERE],
        ["role", "add", "x", "flourish", *NOWHERE],
        ["fleet", "status", "flourish"],
        ["backup", "--to", "/tmp/x", *NOWHERE],
    ],
    ids=lambda line: " ".join(line[:3]),
)
def test_no_command_loads_a_library_that_converts_values(line):
    show = (
        "import sys, slate_pg.cli as c; sys.argv = ['slate', *sys.argv[1:]]\ntry: c.main()\nexcept SystemExit: pass\n"
    )
    show += "print('pydantic' in sys.modules, 'rich' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", show, *line], capture_output=True, text=True, check=True)
    assert said.stdout.split()[-2:] == ["False", "False"]


def shout(value: Optional[str]) -> Optional[str]:
    return value and value.upper()


def spoken(
    words: Annotated[Optional[list[str]], typer.Argument()] = None,
    *,
    text: Annotated[Optional[str], typer.Option("--text")] = None,
    many: Annotated[Optional[list[str]], typer.Option("--many")] = None,
    loud: Annotated[Optional[str], typer.Option("--loud", callback=shout)] = "quiet",
    needed: Annotated[str, typer.Option("--needed")],
    number: Annotated[int, typer.Option("--number", min=1)] = 7,
    share: Annotated[Optional[float], typer.Option("--share", max=1)] = None,
    path: Annotated[Optional[Path], typer.Option("--path")] = None,
    there: Annotated[bool, typer.Option("--there")] = False,
    both: Annotated[bool, typer.Option("--both/--neither")] = True,
    told: Annotated[Optional[str], typer.Option("--told", envvar="SLATE_TOLD")] = None,
) -> None:
    typer.echo(repr(sorted(locals().items())))


def outcome(kind, line, told=None):
    app = typer.Typer(rich_markup_mode=None)
    app.command(cls=kind)(spoken)
    ran = CliRunner().invoke(app, line, env={"SLATE_TOLD": told})
    return ran.exit_code, ran.output


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["--needed", "n"],
        ["--needed", ""],
        ["--needed", "n", "a", "b c", "", "--", "--text"],
        ["--needed", "n", "--text", "", "--many", "1", "--many", "", "--loud", "ü%s"],
        ["--needed", "n", "--text=--needed", "--number", "12", "--share", ".5", "--path", "a b/../c"],
        ["--needed", "n", "--number", "0"],
        ["--needed", "n", "--number", "x"],
        ["--needed", "n", "--share", "2"],
        ["--needed", "n", "--there", "--neither"],
        ["--needed", "n", "--there", "x", "--there"],
        ["--needed"],
        ["--needed", "n", "--many"],
        ["--needed", "n", "--nonsense"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("told", [None, "", "by the environment"])
def test_a_command_gets_what_typer_would_have_given_it(line, told):
    assert outcome(Command, line, told) == outcome(TyperCommand, line, told)
    assert outcome(Command, line)[0] in (0, 2)
