"""A service gets its login in one command, and loses it in one."""

import pytest

from slate_pg.errors import ServerError
from slate_pg.postgres.connection import connect


@pytest.fixture
def installed(slate, empty_database):
    slate("bootstrap")
    slate("apply", "flourish")
    yield slate, empty_database
    with connect(empty_database) as connection:
        connection.execute("DROP OWNED BY cli_service; DROP ROLE cli_service" if there(connection) else "SELECT 1")


def there(connection, name="cli_service"):
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None


def test_a_login_works_on_its_own_product_and_is_gone_after_drop(installed):
    slate, url = installed
    made = slate("role", "add", "cli_service", "flourish")
    assert (made.code, made.out) == (0, "cli_service: member of flourish_service\n")
    mine = url.replace("postgres@", "cli_service@")
    with connect(mine) as connection:
        connection.execute("INSERT INTO flourish.teachers (id, name) VALUES ('T900', 'Made by the service')")
        assert connection.execute("SELECT count(*) FROM flourish.teachers").fetchone() == (1,)
    assert slate("role", "drop", "cli_service").out == "cli_service: removed\n"
    with pytest.raises(ServerError):
        connect(mine)


def test_a_reader_reads_and_does_not_write(installed):
    slate, url = installed
    assert slate("role", "add", "cli_service", "flourish", "--reader").code == 0
    with connect(url.replace("postgres@", "cli_service@")) as connection:
        query = "SELECT has_table_privilege('flourish.students', 'SELECT'), has_table_privilege('flourish.students', 'INSERT')"
        assert connection.execute(query).fetchone() == (True, False)


def test_the_password_is_stored_as_a_verifier_and_comes_from_the_environment(installed, monkeypatch):
    slate, url = installed
    monkeypatch.setenv("ITS_PASSWORD", "hunter2")
    ran = slate("role", "add", "cli_service", "flourish", "--password-from", "ITS_PASSWORD")
    assert "hunter2" not in ran.out + ran.err
    with connect(url) as connection:
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'cli_service'").fetchone()[0]
    assert stored.startswith("SCRAM-SHA-256$")


def test_it_works_without_superuser(installed):
    slate, url = installed
    with connect(url) as connection:
        connection.execute("DROP ROLE IF EXISTS cli_keeper")
        connection.execute("CREATE ROLE cli_keeper LOGIN CREATEROLE")
        connection.execute("GRANT flourish_service TO cli_keeper WITH ADMIN OPTION")
    keeper = url.replace("postgres@", "cli_keeper@")
    try:
        assert slate("role", "add", "cli_service", "flourish", "--database", keeper).code == 0
    finally:
        with connect(url) as connection:
            connection.execute("DROP OWNED BY cli_keeper CASCADE")
            connection.execute("REASSIGN OWNED BY cli_keeper TO postgres")
            connection.execute("DROP ROLE IF EXISTS cli_service")
            connection.execute("REVOKE flourish_service FROM cli_keeper CASCADE")
            connection.execute("DROP ROLE cli_keeper")


def test_a_login_that_owns_something_is_not_dropped(installed):
    slate, url = installed
    slate("role", "add", "cli_service", "flourish")
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept (id integer); ALTER TABLE kept OWNER TO cli_service")
    ran = slate("role", "drop", "cli_service")
    assert (ran.code, '"cli_service" owns objects' in ran.err) == (2, True)


def test_a_login_that_somebody_else_made_is_not_dropped(installed):
    slate, url = installed
    for comment in ("NULL", "'a person'", "'not made by slate role add: x'"):
        with connect(url) as connection:
            connection.execute("DROP ROLE IF EXISTS cli_service")
            connection.execute(f"CREATE ROLE cli_service LOGIN; COMMENT ON ROLE cli_service IS {comment}")
        ran = slate("role", "drop", "cli_service")
        assert (ran.code, '"cli_service" was not made by `slate role add`' in ran.err) == (2, True)
        with connect(url) as connection:
            assert there(connection)


def test_a_login_of_any_name_is_made_and_dropped(installed):
    slate, _ = installed
    for name in ("cli service", 'cli"x', "Ünal", "select"):
        assert slate("role", "add", name, "flourish").code == 0
        assert slate("role", "drop", name).out == f"{name}: removed\n"


@pytest.mark.parametrize("variable", ["", "EMPTY"])
def test_an_empty_password_is_refused_and_makes_no_login(installed, monkeypatch, variable):
    slate, url = installed
    monkeypatch.setenv("EMPTY", "")
    ran = slate("role", "add", "cli_service", "flourish", "--password-from", variable)
    assert (ran.code, "is not set" in ran.err) == (2, True)
    with connect(url) as connection:
        assert not there(connection)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "flourish_service", "flourish"), "exists already"),
        (("add", "cli_service", "florish"), 'Did you mean "flourish"?'),
        (("add", "cli_service", "flourish", "--password-from", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE is not set"),
        (("drop", "no_such_role"), "does not exist"),
        (("drop", "flourish_service"), "but a group or a superuser"),
        (("drop", "postgres"), "but a group or a superuser"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(installed, arguments, said):
    slate, _ = installed
    ran = slate("role", *arguments)
    assert (ran.code, said in ran.err) == (2, True)
