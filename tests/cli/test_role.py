"""A service gets its login in one command, and loses it in one."""

import pytest
from psycopg.errors import InsufficientPrivilege

from slate_pg.errors import ServerError
from slate_pg.postgres.connection import connect
from slate_pg.service.session import Sessions


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
    assert (made.code, made.out) == (0, "cli_service: may become flourish_people and flourish_service\n")
    mine = url.replace("postgres@", "cli_service@")
    with connect(mine) as connection:
        connection.execute("SET ROLE flourish_service")
        connection.execute("INSERT INTO teachers (id, name) VALUES ('T900', 'Made by the service')")
        assert connection.execute("SELECT count(*) FROM teachers").fetchone() == (1,)
    assert slate("role", "drop", "cli_service").out == "cli_service: removed\n"
    with pytest.raises(ServerError):
        connect(mine)


def test_a_login_works_with_sessions_as_the_people_of_its_installation(installed):
    slate, url = installed
    assert slate("role", "add", "cli_service", "flourish").code == 0
    with connect(url) as connection:
        connection.execute("INSERT INTO flourish.teachers (id, name) VALUES ('T001', 'Ada'), ('T002', 'Bo')")
    with Sessions(url.replace("postgres@", "cli_service@"), "flourish", min_size=1, max_size=1) as sessions:
        with sessions.session(user_id="T001") as connection:
            assert connection.execute("SELECT id FROM teachers").fetchall() == [("T001",)]
        with sessions.session(role="flourish_service") as connection:
            assert connection.execute("SELECT count(*) FROM teachers").fetchone() == (2,)
        with pytest.raises(InsufficientPrivilege), sessions.session(role=None) as connection:
            connection.execute("SELECT id FROM flourish.teachers")


def test_repeating_it_changes_nothing_and_anything_else_of_the_name_is_refused(installed, monkeypatch):
    slate, url = installed
    slate("role", "add", "cli_service", "flourish")
    again = slate("role", "add", "cli_service", "flourish")
    assert (again.code, "is there already" in again.out) == (0, True)
    monkeypatch.setenv("ITS_PASSWORD", "hunter2")
    assert slate("role", "add", "cli_service", "flourish", "--password-from", "ITS_PASSWORD").code == 0
    with connect(url) as connection:
        query = "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'cli_service'"
        assert connection.execute(query).fetchone() == (True,)
    assert slate("role", "add", "cli_service", "flourish", "--reader").code == 2
    with connect(url) as connection:
        connection.execute("GRANT slate_services TO cli_service")
    changed = slate("role", "add", "cli_service", "flourish")
    assert (changed.code, 'role "cli_service" exists already' in changed.err) == (2, True)


def test_a_reader_reads_and_does_not_write(installed):
    slate, url = installed
    assert (
        slate("role", "add", "cli_service", "flourish", "--reader").out == "cli_service: may become flourish_reader\n"
    )
    with connect(url.replace("postgres@", "cli_service@")) as connection:
        connection.execute("SET ROLE flourish_reader")
        query = "SELECT has_table_privilege('students', 'SELECT'), has_table_privilege('students', 'INSERT')"
        assert connection.execute(query).fetchone() == (True, False)
        with pytest.raises(InsufficientPrivilege):
            connection.execute("SET ROLE flourish_people")


def test_the_password_is_stored_as_a_verifier_and_comes_from_the_environment(installed, monkeypatch):
    slate, url = installed
    monkeypatch.setenv("ITS_PASSWORD", "hunter2")
    ran = slate("role", "add", "cli_service", "flourish", "--password-from", "ITS_PASSWORD")
    assert "hunter2" not in ran.out + ran.err
    with connect(url) as connection:
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'cli_service'").fetchone()[0]
    assert stored.startswith("SCRAM-SHA-256$")


@pytest.fixture
def keeper(installed):
    """The connection string of a role that may make roles, and is neither superuser nor owner of anything."""
    _, url = installed
    with connect(url) as connection:
        connection.execute("CREATE ROLE cli_keeper LOGIN CREATEROLE")
        database = connection.info.dbname
        connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO cli_keeper')
    yield url.replace("postgres@", "cli_keeper@")
    with connect(url) as connection:
        if there(connection):
            connection.execute("DROP OWNED BY cli_service; DROP ROLE cli_service")
        connection.execute("DROP OWNED BY cli_keeper CASCADE; DROP ROLE cli_keeper")


ROLES = "flourish_people, flourish_service"


def test_it_works_without_superuser_and_so_does_removing_it(installed, keeper):
    slate, url = installed
    with connect(url) as connection:
        connection.execute(f"GRANT {ROLES} TO cli_keeper WITH ADMIN OPTION")
        connection.execute(f'GRANT CONNECT ON DATABASE "{connection.info.dbname}" TO public')
    assert slate("role", "add", "cli_service", "flourish", "--database", keeper).err == ""
    with connect(url.replace("postgres@", "cli_service@")) as connection:
        connection.execute("SET ROLE flourish_service")
        assert connection.execute("SELECT count(*) FROM teachers").fetchone() == (0,)
    assert slate("role", "drop", "cli_service", "--database", keeper).err == ""


def test_who_may_make_roles_and_not_give_these_is_told_what_to_run(installed, keeper):
    slate, url = installed
    with connect(url) as connection:
        if connection.info.server_version < 160000:
            pytest.skip("until 15 CREATEROLE is enough to give any role")
    ran = slate("role", "add", "cli_service", "flourish", "--database", keeper)
    assert ran.code == 1
    assert '"cli_keeper" may not make "cli_service"' in ran.err
    assert f"ADMIN OPTION for {ROLES.replace(', ', ' and ')}, run: CREATE ROLE" in " ".join(ran.err.split())
    with connect(url) as connection:
        assert not there(connection), "nothing was done"


def test_who_may_not_let_it_connect_makes_no_login_that_stays_outside(installed, keeper):
    slate, url = installed
    with connect(url) as connection:
        connection.execute(f"GRANT {ROLES} TO cli_keeper WITH ADMIN OPTION")
    ran = slate("role", "add", "cli_service", "flourish", "--database", keeper)
    assert (ran.code, 'may not let "cli_service" connect' in ran.err) == (1, True)
    with connect(url) as connection:
        assert not there(connection)


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
        (("add", "pg_mine", "flourish"), '"pg_mine" cannot be a role'),
        (("add", "none", "flourish"), '"none" cannot be a role'),
        (("add", "x" * 64, "flourish"), "cannot be a role"),
        (("add", "cli_service", "core"), 'role "core_people" does not exist'),
        (("add", "cli_service", "flourish", "--as", "nowhere"), '"nowhere" is not installed in this database'),
        (("add", "cli_service", "flourish", "--as", "pg_x"), '"pg_x" cannot be a schema'),
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
