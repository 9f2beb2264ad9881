"""--env on the command line: where a command works, and that nothing writes to a protected database unasked."""

import sys

import pytest
import typer

from slate_pg.cli import asked
from slate_pg.cli.app import build
from slate_pg.cli.asked import READS, session_options
from slate_pg.cli.environment import complete_environment
from slate_pg.postgres.connection import connect

from .conftest import tables


@pytest.fixture
def project(folder, empty_database, monkeypatch):
    """A project with a protected and an open environment, both the empty database, and no DATABASE_URL."""
    (folder.parent / "pyproject.toml").write_text(
        '[tool.slate]\nmigrations = "db"\n[tool.slate.env.prod]\ndatabase = "env:PROD_URL"\nprotected = true\n'
        '[tool.slate.env.dev]\ndatabase = { env = "PROD_URL" }\n'
    )
    return folder.parent


@pytest.fixture
def slate(slate, project, empty_database, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("PROD_URL", empty_database)
    monkeypatch.setattr(asked, "_asked", [asked.Asked()])
    return slate


def leaves(command, path=()):
    """Yield every command with its words."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield " ".join(path), command


COMMANDS = {
    name: c for name, c in leaves(typer.main.get_command(build())) if any(p.name == "database" for p in c.params)
}
ARGUMENTS = {
    "role add": ["svc", "db"],
    "role drop": ["svc"],
    "restore": ["no_such_backup"],
    "psql": [],
    "fleet rollback": ["db", "--all"],
    "fleet spare": ["db", "--keep", "1"],
    "fleet rename": ["db", "old", "new"],
    "fleet move": ["db", "old", "--to", "here"],
    "fleet remove": ["db", "old", "--to", "no_such_folder"],
    "fleet route": ["db", "--print", "pgbouncer"],
}


def said_to(name):
    command = COMMANDS[name]
    needed = [p for p in command.params if p.param_type_name == "argument" and p.required]
    return [*name.split(), *ARGUMENTS.get(name, ["db"] * len(needed))]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_that_connects_takes_an_environment(name):
    assert "env" in {p.name for p in COMMANDS[name].params}


@pytest.mark.parametrize(
    "name", sorted(set(COMMANDS) - {n for n in READS if n not in ("apply", "rollback", "adopt", "jobs schedule")})
)
def test_whatever_may_write_is_refused_in_a_protected_environment_where_nobody_can_be_asked(
    slate, name, empty_database
):
    ran = slate(*said_to(name), "--env", "prod")
    assert (ran.code, "is protected" in ran.err) == (2, True), ran.err
    assert f'"slate {name}"' in ran.err
    assert "--yes" in ran.err
    with connect(empty_database) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone() == (0,)


@pytest.mark.parametrize("name", ["status", "plan", "drift", "doctor", "access", "jobs list", "jobs due"])
def test_what_reads_never_asks(slate, name, monkeypatch):
    monkeypatch.setattr(typer, "confirm", lambda *a, **k: pytest.fail("asked"))
    ran = slate(*said_to(name), "--env", "prod")
    assert "may write" not in ran.err
    assert "environment prod (protected): postgresql://" in ran.err


def test_a_reading_command_has_a_session_that_can_write_nothing(slate, empty_database):
    slate("status", "--env", "prod")
    with connect(empty_database, **session_options(empty_database)) as connection:
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
    slate("apply", "--env", "prod", "--yes")
    assert session_options(empty_database) == {}


def test_yes_lets_it_write_and_the_dry_run_needs_none(slate, empty_database):
    assert slate("apply", "--env", "prod", "--dry-run").code == 0
    assert tables(empty_database) == []
    ran = slate("apply", "--env", "prod", "--yes")
    assert (ran.code, tables(empty_database)) == (0, ["shops"])
    assert "environment prod (protected)" in ran.err
    assert slate("rollback", "db", "--env", "prod", "--dry-run").code == 0
    assert slate("rollback", "db", "--env", "prod").code == 2
    assert slate("status", "--env", "prod").code == 0


def test_an_adoption_of_a_protected_database_needs_yes_too(slate, empty_database):
    slate("apply", "--env", "dev")
    with connect(empty_database) as connection:
        connection.execute("DROP TABLE _slate_ledger CASCADE")
    assert slate("adopt", "db", "--env", "prod").code == 2
    assert slate("adopt", "db", "--yes", "--env", "dev").code == 2  # means nothing there
    assert slate("adopt", "db", "--yes", "--env", "prod").code == 0


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("slate_pg.conninfo.Guarded.isatty", lambda self: True, raising=False)
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.parametrize(("answer", "code", "made"), [(True, 0, ["shops"]), (False, 2, [])])
def test_on_a_terminal_it_asks_once_naming_environment_and_database(
    slate, terminal, monkeypatch, answer, code, made, empty_database
):
    asked = []
    monkeypatch.setattr(typer, "confirm", lambda text, **k: asked.append(text) or answer)
    ran = slate("apply", "--env", "prod")
    assert (ran.code, tables(empty_database)) == (code, made)
    assert len(asked) == 1
    assert "slate apply" in asked[0]
    assert "prod" in asked[0]
    assert "postgresql://" in asked[0]


def test_in_ci_nobody_is_asked_even_on_a_terminal(slate, terminal, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(typer, "confirm", lambda *a, **k: pytest.fail("asked"))
    assert slate("apply", "--env", "prod").code == 2


def test_another_environment_writes_unasked_and_says_where(slate, empty_database):
    ran = slate("apply", "--env", "dev")
    assert (ran.code, tables(empty_database)) == (0, ["shops"])
    assert "environment dev: postgresql://" in ran.err


def test_the_environment_is_taken_from_slate_env_and_the_option_beats_it(slate, monkeypatch):
    monkeypatch.setenv("SLATE_ENV", "prod")
    assert slate("apply").code == 2
    assert slate("apply", "--env", "dev").code == 0
    monkeypatch.setenv("SLATE_ENV", "")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost:1/x")
    assert slate("status").code == 1
    assert slate("status", "--env", "dev").code == 0  # its database beats DATABASE_URL


def test_a_database_of_the_command_line_beats_the_environments_which_stays_protected(slate):
    ran = slate("apply", "--env", "prod", "--database", "postgresql://nobody@localhost:1/other")
    assert (ran.code, "postgresql://nobody@localhost:1/other" in ran.err) == (2, True)


def test_an_unknown_environment_is_refused_before_anything(slate, monkeypatch):
    ran = slate("status", "--env", "prd")
    assert (ran.code, 'Did you mean "prod"?' in ran.err) == (2, True)
    monkeypatch.setenv("SLATE_ENV", "dve")
    assert slate("role", "drop", "x").code == 2


def test_an_environment_holds_for_a_folder_that_is_named_too(slate, folder, empty_database):
    assert slate("apply", "--env", "dev", "--migrations", folder).code == 0
    assert tables(empty_database) == ["shops"]


def test_commands_that_a_message_offers_name_the_environment(slate, project):
    (project / "db" / "0003_x.sql").write_text("-- transactional: false\nCREATE TABLE c(); SELECT 1/0;\n")
    (project / "db" / "0003_x.rollback.sql").write_text("DROP TABLE c;")
    ran = slate("apply", "--env", "dev")
    assert ran.code == 1
    assert "--env dev" in ran.err


def test_environments_are_completed(slate):
    assert complete_environment("p") == ["prod"]
    assert complete_environment("") == ["dev", "prod"]
