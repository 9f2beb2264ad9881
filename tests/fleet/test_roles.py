"""Each installation of a fleet gets a login of its own by one command, whose password is never seen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.fleet.conftest import Fleet

ROLES = """DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['people', 'service', 'reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', current_schema() || '_' || kind);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), current_schema() || '_' || kind);
        EXECUTE format('GRANT SELECT ON t TO %I', current_schema() || '_' || kind);
    END LOOP;
END $$;"""
NAMES = ("alpha", "Weird Name", "select", "ünïcode", "a%{b}'c\"")


def pick(fleet: Fleet, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    return fleet.shop.slate_with("fleet", "role", command, "shop", *more, "--servers", str(fleet.listed))


@pytest.fixture
def peopled(fleet: Fleet) -> Iterator[Fleet]:
    """The fleet with roles of its own for each installation, one of which is called as nobody should be."""
    fleet.shop.apply(schema=NAMES[-1])
    fleet.shop.write("shop_0002_roles", ROLES, "SELECT 1;")
    assert fleet.slate("apply").returncode == 0
    yield fleet
    likely = [f"{schema}_{kind}" for schema in NAMES for kind in ("app", "people", "service", "reader", "reports")]
    for name in [*likely, "stranger", "one", "other_app"]:
        if fleet.shop.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", name):
            for each in (fleet.other, fleet.shop):
                each.watch.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            fleet.shop.watch.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def works(url: str, login: str, schema: str) -> bool:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    with psycopg.connect(**{**parts, "user": login}) as connection:
        role = sql.Identifier(f"{schema}_people")
        connection.execute(sql.SQL("SET ROLE {}").format(role))
        return connection.execute(sql.SQL("SELECT count(*) FROM {}.t").format(sql.Identifier(schema))).rowcount == 1


def told(fleet: Fleet, command: str, *more: str) -> list[dict]:
    import json

    return [json.loads(line) for line in pick(fleet, command, *more, "--json").stdout.splitlines()]


def test_every_installation_gets_its_login_and_again_nothing_changes(peopled: Fleet) -> None:
    ran = pick(peopled, "add")
    assert ran.returncode == 0, ran.stderr
    assert [line.split() for line in ran.stdout.splitlines()][1:] in (
        [["north", "made", "4"], ["south", "made", "2"]],
        [["north", "made", "4"], ["south", "made", "1"], ["south", "there", "already", "1"]],
        [["north", "made", "3"], ["north", "there", "already", "1"], ["south", "made", "2"]],
    ), ran.stdout  # both servers are one here, and alpha is on both
    assert works(peopled.shop.url, "Weird Name_app", "Weird Name")
    assert works(peopled.other.url, "ünïcode_app", "ünïcode")
    *each, last = told(peopled, "add")
    assert {line["state"] for line in each} == {"there already"}
    assert {line["login"] for line in each} == {f"{name}_app" for name in NAMES}
    assert [s["installations"] for s in last["summary"]] == [4, 2]


def test_who_has_a_login_where_is_one_table(peopled: Fleet) -> None:
    assert pick(peopled, "add", "--match", "[!s]*").returncode == 0
    assert pick(peopled, "add", "--reader", "--name", "{schema}_reports", "--match", "alpha").returncode == 0
    peopled.shop.do('CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA "select" TO stranger')
    *each, last = told(peopled, "list")
    found = {(line["server"], line["schema"], line["login"]): line for line in each}
    assert found["north", "alpha", "alpha_reports"]["kind"] == "reader"
    assert found["south", "ünïcode", "ünïcode_app"]["roles"] == ["ünïcode_people", "ünïcode_service"]
    assert found["south", "ünïcode", "ünïcode_app"]["inherits"] is False
    odd = found["north", "select", "stranger"]
    assert (odd["kind"], odd["roles"], odd["inherits"]) == (None, ["stranger"], True)
    assert (last["summary"]["logins"], last["summary"]["without"]) == (len(each), [])
    peopled.shop.do('REVOKE USAGE ON SCHEMA "select" FROM stranger')
    assert [m["schema"] for m in told(peopled, "list")[-1]["summary"]["without"]] == ["select"]
    ran = pick(peopled, "list")
    assert (ran.returncode, "a%{b}'c\"_app" in ran.stdout) == (0, True), ran.stdout


def test_a_membership_that_gives_nothing_is_no_login(peopled: Fleet) -> None:
    if peopled.shop.watch.info.server_version < 160000:
        peopled.shop.do("CREATE ROLE stranger LOGIN NOINHERIT; GRANT alpha_people TO stranger")
        assert told(peopled, "list", "--match", "alpha")[0]["inherits"] is False
        return
    peopled.shop.do(
        "CREATE ROLE stranger LOGIN; GRANT alpha_people TO stranger WITH INHERIT FALSE, SET FALSE, ADMIN TRUE"
    )
    assert told(peopled, "list", "--match", "alpha")[-1]["summary"]["logins"] == 0


def test_passwords_come_from_variables_and_are_never_printed(peopled: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alpha", "Weird_Name", "select", "_n_code", "a__b__c_"):
        monkeypatch.setenv(f"APP_{name}", f"hunter2 of {name}")
    ran = pick(peopled, "add", "--password-from", "APP_{schema}")
    assert ran.returncode == 0, ran.stderr
    more = pick(peopled, "add", "--password-from", "APP_{schema}", "--json")
    assert "hunter2" not in ran.stdout + ran.stderr + more.stdout + more.stderr
    query = "SELECT rolname FROM pg_authid WHERE rolname LIKE '%%\\_app' AND rolpassword LIKE 'SCRAM-SHA-256$%%'"
    assert {row[0] for row in peopled.shop.rows(query)} == {f"{name}_app" for name in NAMES}
    monkeypatch.delenv("APP_select")
    ran = pick(peopled, "add", "--name", "other_{schema}", "--password-from", "APP_{schema}")
    assert (ran.returncode, "APP_select is not set" in ran.stderr) == (2, True)
    assert peopled.shop.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'other%%'") == 0


def test_passwords_come_from_the_file_that_libpq_reads(
    peopled: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "passwords"
    monkeypatch.setenv("PGPASSFILE", str(kept))
    kept.write_text("# ours\n*:*:*:nobody:x\n*:1:*:alpha_app:wrong\n*:*:*:alpha_app:hunter2\\:\\\\x\n")
    kept.chmod(0o644)
    ran = pick(peopled, "add", "--match", "alpha", "--pgpass")
    assert (ran.returncode, "can be read by others" in ran.stderr) == (1, True), ran.stderr
    kept.chmod(0o600)
    ran = pick(peopled, "add", "--match", "alpha", "--pgpass")
    assert (ran.returncode, "hunter2" in ran.stdout + ran.stderr) == (0, False), ran.stderr
    verifier = peopled.shop.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'alpha_app'")
    _, iterations, salt, keys = verifier.replace(":", "$").split("$", 3)
    assert stored_key("hunter2:\\x", salt, int(iterations)) == keys.split(":")[0].split("$")[0]
    ran = pick(peopled, "add", "--match", "select", "--pgpass")
    assert (ran.returncode, 'no password for "select_app"' in ran.stderr) == (1, True), ran.stderr
    assert peopled.shop.value("SELECT count(*) FROM pg_roles WHERE rolname = 'select_app'") == 0


def stored_key(password: str, salt: str, iterations: int) -> str:
    from base64 import b64decode, b64encode
    from hashlib import pbkdf2_hmac, sha256
    from hmac import digest

    salted = pbkdf2_hmac("sha256", password.encode(), b64decode(salt), iterations)
    return b64encode(sha256(digest(salted, b"Client Key", "sha256")).digest()).decode()


def test_a_server_that_does_not_answer_is_said_and_one_that_fails_stops_no_other_server(peopled: Fleet) -> None:
    peopled.listed.write_text(peopled.listed.read_text() + 'gone = "host=/nowhere dbname=x"\n')
    peopled.shop.do('CREATE ROLE "select_app" NOLOGIN')
    ran = pick(peopled, "add", "--max-failures", "9")
    assert (ran.returncode, "gone is unreachable" in ran.stderr) == (1, True)
    assert 'role "select_app" exists already' in ran.stderr
    assert works(peopled.other.url, "ünïcode_app", "ünïcode")
    assert works(peopled.shop.url, "alpha_app", "alpha")
    peopled.shop.do('DROP ROLE "select_app"')
    *each, last = told(peopled, "add")
    assert sorted(line["state"] for line in each) == ["made", *["there already"] * 5]
    assert [u["server"] for u in last["unreachable"]] == ["gone"]


def test_only_the_login_of_the_installation_is_removed_and_again_there_is_none(peopled: Fleet) -> None:
    assert pick(peopled, "add").returncode == 0
    ran = pick(peopled, "drop", "--name", "alpha_app", "--match", "select")
    assert (ran.returncode, '"alpha_app" is no login that was made for "select"' in ran.stderr) == (1, True)
    assert pick(peopled, "drop", "--match", "alpha").returncode == 0
    for states in ({"removed", "not there"}, {"not there"}):
        *each, _ = told(peopled, "drop")
        assert {line["state"] for line in each} == states
    assert told(peopled, "list")[-1]["summary"]["logins"] == 0


@pytest.mark.parametrize("name", ["one", "{", "{nothing}", "{schema.x}", "{}", "{server}"])
def test_a_name_that_several_would_share_or_that_cannot_be_read_is_refused(peopled: Fleet, name: str) -> None:
    ran = pick(peopled, "add", "--name", name)
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)
    assert peopled.shop.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'one%%'") == 0


def test_a_name_that_no_role_can_have_fails_by_installation(peopled: Fleet) -> None:
    ran = pick(peopled, "add", "--name", "{schema}" + "x" * 62, "--match", "alpha")
    assert (ran.returncode, "cannot be a role" in ran.stderr) == (1, True)
    both = pick(peopled, "add", "--password-from", "X", "--pgpass")
    assert both.returncode == 2
    assert os.environ.get("X") is None
