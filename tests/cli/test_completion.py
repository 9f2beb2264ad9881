"""What bash, zsh and fish are offered: the names that the arguments of a command stand for."""

import os
import subprocess
import sys

import pytest
import typer

from slate_pg.cli.completion import OFFERS
from slate_pg.cli.plain import ASKED

SHELLS = {
    "bash": lambda line: {ASKED: "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))},
    "zsh": lambda line: {ASKED: "complete_zsh", "_TYPER_COMPLETE_ARGS": line},
    "fish": lambda line: {ASKED: "complete_fish", "_TYPER_COMPLETE_ARGS": line,
                          "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}  # fmt: skip


@pytest.fixture
def offered(tmp_path):
    """Ask as a shell does, in a project of two products with jobs and seeds."""
    for product in ("shop", "post"):
        (tmp_path / "migrations" / product).mkdir(parents=True)
        for number in ("0001", "0002"):
            (tmp_path / "migrations" / product / f"{product}_{number}_x.sql").write_text("SELECT 1;\n")
    for kind, name in (("jobs", "prune"), ("jobs", "count"), ("seeds", "reference"), ("seeds", "demo")):
        (tmp_path / "sql" / "shop" / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sql" / "shop" / kind / f"{name}.sql").write_text("SELECT 1;\n")

    def ask(line, shell="bash", **more):
        command = [sys.executable, "-c", "from slate_pg.cli import run; import sys; sys.argv[0] = 'slate'; run()"]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **SHELLS[shell](line), **more}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.stderr == ""
        return [word.split("\t")[0] for word in done.stdout.split("\n") if word]

    return ask


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("slate stat", ["status"]),
        ("slate apply s", ["shop"]),
        ("slate rollback shop --to ", ["shop_0001_x", "shop_0002_x"]),
        ("slate apply --to post", ["post_0001_x", "post_0002_x"]),
        ("slate jobs run shop ", ["count", "prune"]),
        ("slate jobs run post ", []),
        ("slate seed shop --set reference,", ["reference,demo"]),
        ("slate check --format g", ["github", "gitlab"]),
        ("slate adopt shop --from graph", ["graphile-migrate"]),
        ("slate schema dr", ["drift"]),
        ("slate schema fleet role ", ["add", "drop", "list"]),
        ("slate schema status ", []),
    ],
)
def test_a_shell_is_offered_what_there_is(offered, shell, line, words):
    assert sorted(offered(line, shell)) == words


def test_zsh_is_asked_the_same(offered):
    said = " ".join(offered("slate jobs run shop ", "zsh"))
    assert ("count" in said, "prune" in said) == (True, True)


def test_roles_are_those_of_the_server_and_none_where_it_is_away(offered, empty_database):
    assert "postgres" in offered("slate access --role post", DATABASE_URL=empty_database)
    assert offered("slate access --role post", DATABASE_URL="postgresql://127.0.0.1:1/x") == []


def test_a_project_that_cannot_be_read_offers_nothing_and_says_nothing(offered, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.slate]\nmigrations = 'nowhere'\n")
    assert offered("slate apply --to ") == []


def test_every_offer_stands_for_an_argument_of_some_command(monkeypatch):
    from slate_pg.cli.app import build

    monkeypatch.setenv(ASKED, "complete_bash")
    commands = list(typer.main.get_command(build()).commands.values())
    leaves = [inner for c in commands for inner in (getattr(c, "commands", {}).values() or [c])]
    metavars = {p.metavar for c in leaves for p in c.params}
    assert set(OFFERS) - metavars == set()
