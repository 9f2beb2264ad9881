"""Environments in pyproject.toml: their databases, what they may hold, and no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg import conninfo
from slate_pg.config import find_project
from slate_pg.environments import Value, combine, find_environment, read_given
from slate_pg.errors import Misuse


def project(tmp_path: Path, text: str):
    (tmp_path / "db").mkdir(exist_ok=True)
    (tmp_path / "db" / "0001_a.sql").write_text("SELECT 1;")
    (tmp_path / "pyproject.toml").write_text(f'[tool.slate]\nmigrations = "db"\n{text}')
    return find_project(start=tmp_path)


@pytest.mark.parametrize("said", ['"env:PROD_URL"', '{ env = "PROD_URL" }'])
def test_a_database_is_taken_from_the_variable_that_is_named(tmp_path, said):
    found = find_environment(project(tmp_path, f"[tool.slate.env.prod]\ndatabase = {said}\n").environments, "prod")
    assert found.url({"PROD_URL": "postgresql://h/d"}) == "postgresql://h/d"
    with pytest.raises(Misuse, match="takes its database from PROD_URL, which is not set"):
        found.url({})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter22@h/d",
        "postgres://u:hunt/er22@h/d",
        "postgresql://h/d?user=u&password=hunter22",
        "host=h password=hunter22",
        "host=h PASSWORD = 'hunter22'",
        "host=h sslpassword=hunter22",
        "oauth_client_secret=hunter22",
    ],
)
def test_a_password_in_the_file_is_refused_with_the_way_out_and_not_printed(tmp_path, url):
    with pytest.raises(Misuse, match="holds a password") as refused:
        project(tmp_path, f'[tool.slate.env.prod]\ndatabase = "{url}"\n')
    assert "pgpass" in refused.value.hint
    assert "env:PROD_URL" in refused.value.hint
    assert "hunter" not in refused.value.message
    assert "hunter22" not in conninfo.hide(f'database = "{url}"')
    conninfo.learn_environment([], {})


@pytest.mark.parametrize(
    "url", ["postgresql://u@h:5432/d", "service=prod", "host=/tmp port=5432", "postgresql:///d?host=/tmp", "dbname=x"]
)
def test_a_database_without_a_password_is_taken(tmp_path, url):
    found = find_environment(project(tmp_path, f'[tool.slate.env.prod]\ndatabase = "{url}"\n').environments, "prod")
    assert found.url({}) == url


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[tool.slate.env.prod]\ndatabse = 'x'", 'no setting "databse"', 'Did you mean "database"?'),
        ("[tool.slate.env.prod]\ndatabase = 3", "database is a connection string", "service=prod"),
        ("[tool.slate.env.prod]\ndatabase = ''", "database is a connection string", "service=prod"),
        ("[tool.slate.env.prod]\ndatabase = 'env:'", "database is a connection string", "service=prod"),
        ("[tool.slate.env.prod]\nprotected = 'yes'", "protected is true or false, not 'yes'", "without quotes"),
        ("[tool.slate.env]\nprod = 'x'", "is a table, not 'x'", "[tool.slate.env.prod]"),
        ("[tool.slate.env.' ']\n", "cannot be called ' '", "typed"),
        ("[tool.slate.env.-x]\n", "cannot be called '-x'", "typed"),
        ("[tool.slate.env.prod]\nvariables = ['a']", "is a table of name = value", "region"),
        ("[tool.slate.env.prod.variables]\n1a = 'x'", "cannot be called '1a'", "as psql has it"),
        ("[tool.slate.env.prod.variables]\n'a-b' = 'x'", "cannot be called 'a-b'", "as psql has it"),
        ("[tool.slate.env.prod.variables]\na = [1]", "is a text, a number, true or false", "a ="),
        ("[tool.slate.env.prod.variables]\na = { value = 'x' }", 'no entry "value"', ""),
        ("[tool.slate.env.prod.variables]\na = { secret = true }", "says where its value is", "env ="),
        ("[tool.slate.env.prod.variables]\na = { env = 'A', secret = 'yes' }", "says where its value is", "env ="),
        ("variables = 'x'", "variables is a table, not 'x'", "[tool.slate.variables]"),
        ("env = ['x']", "env is a table, not ['x']", "[tool.slate.env]"),
        ("schema = 3", "schema is a text, not 3", 'schema = "…"'),
        ("rules = 'all'", "rules is a list of texts, not 'all'", 'rules = ["…"'),
        ("heads = [1]", "heads is a list of texts, not [1]", "heads"),
        ("varibles = {}", 'no setting "varibles"', 'Did you mean "variables"?'),
    ],
)
def test_what_a_setting_cannot_be_is_refused_by_name(tmp_path, text, said, hint):
    with pytest.raises(Misuse) as refused:
        project(tmp_path, text)
    assert said in refused.value.message
    assert hint in refused.value.hint
    assert "pyproject.toml" in refused.value.message


def test_an_unknown_environment_names_the_nearest(tmp_path):
    with pytest.raises(Misuse, match='no environment "prd"') as refused:
        find_environment(project(tmp_path, "[tool.slate.env.prod]\n[tool.slate.env.test]\n").environments, "prd")
    assert refused.value.hint == 'Did you mean "prod"?'
    with pytest.raises(Misuse) as refused:
        find_environment(project(tmp_path, "").environments, "prod")
    assert "[tool.slate.env.prod]" in refused.value.hint


def test_values_of_the_command_line_beat_the_environment_and_that_the_defaults():
    layers = ([Value("a", "1"), Value("b", "1"), Value("c", "1")], [Value("b", "2"), Value("c", "2")])
    found = {v.name: v.text for v in combine(*layers, read_given(["c=3", "d=4=5", "e="]))}
    assert found == {"a": "1", "b": "2", "c": "3", "d": "4=5", "e": ""}


def test_a_secret_stays_one_whoever_gives_its_value():
    (found,) = combine([Value("pw", None, "PW", secret=True)], read_given(["pw=open sesame"]))
    assert (found.text, found.secret) == ("open sesame", True)


def test_what_no_variable_can_hold_is_refused():
    for text in ("a\0b", "a\udc80"):
        with pytest.raises(Misuse, match="zero byte or is not UTF-8"):
            Value("a", text).read()
    with pytest.raises(Misuse, match="fewer than 4 characters"):
        Value("pw", None, "PW", secret=True).read({"PW": "abc"})
    with pytest.raises(Misuse, match="stand in any message"):
        Value("pw", None, "PW", secret=True).read({"PW": "postgres"})
    for text in ("region", "=x", "1=x", "a b=x"):
        with pytest.raises(Misuse):
            read_given([text])


def test_a_secret_that_was_read_is_in_no_output_however_it_is_spelt():
    secret = 'it\'s "a\\b"\nsecond line'
    Value("pw", None, "PW", secret=True).read({"PW": secret})
    for spelt in (secret, secret.replace("'", "''"), repr(secret)[1:-1], "second line"):
        assert conninfo.hide(f"<{spelt}>") == "<***>"
    conninfo.learn_environment([], {})
