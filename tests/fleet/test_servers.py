"""Where a fleet is: lists of servers, which hold no password and name each database once."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import build_project
from slate_pg.errors import Misuse
from slate_pg.fleet.servers import read_servers, servers_of
from tests.fleet.conftest import Fleet


@pytest.mark.parametrize(
    "line",
    [
        "postgresql://app:hunter2secret@north/shop",
        "host=north user=app password=hunter2secret",
        "host=north user=app password='hunter2 secret'",
        "postgresql://app@north/shop?password=hunter2secret",
        "postgresql://app@north/shop?sslpassword=hunter2secret",
        "postgresql://app:hunter2%20secret@north/shop",
    ],
)
def test_a_password_in_a_list_is_refused_by_its_line_and_not_shown(tmp_path: Path, line: str) -> None:
    path = tmp_path / "servers.txt"
    path.write_text(f"# ours\n\nservice=south\n{line}\n")
    with pytest.raises(Misuse) as refused:
        read_servers(path)
    assert f"{path}:4 holds a" in refused.value.message
    assert "hunter2" not in refused.value.message + refused.value.hint
    assert "PGPASSFILE" in refused.value.hint
    with pytest.raises(Misuse, match="holds a"):
        servers_of([("", "service=south"), ("north", line)], "[tool.slate.fleet]")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("s.txt", "", "names no server"),
        ("s.txt", "# nothing\n", "names no server"),
        ("s.txt", "north", "s.txt:1: the connection string cannot be read"),
        ("s.txt", "host=a\nhost=a\n", "twice"),
        ("s.toml", "servers = 3", "is a list of connection strings"),
        ("s.toml", "servers = []", "is a list of connection strings"),
        ("s.toml", "servers = [3]", "is a list of connection strings"),
        ("s.toml", "server = ['host=a']", 'no setting "server"'),
        ("s.toml", "servers = [", "is not TOML"),
        ("s.toml", "[servers]\na = 'host=a nonsense=1'", "a: the connection string cannot be read"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Misuse) as refused:
        read_servers(tmp_path / name)
    assert said in refused.value.message


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"none\.txt cannot be read"):
        read_servers(tmp_path / "none.txt")


def test_servers_have_the_names_they_are_given_or_what_of_their_address_may_be_shown(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[servers]\n"Weird Name" = "host=a"\n')
    assert [s.name for s in read_servers(tmp_path / "a.toml")] == ["Weird Name"]
    (tmp_path / "a.txt").write_text("service=north\n  postgresql://app@south:5433/shop  \n")
    assert [s.name for s in read_servers(tmp_path / "a.txt")] == [
        "the service north", "postgresql://app@south:5433/shop",
    ]  # fmt: skip


def test_a_project_says_where_its_fleet_is(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    project = build_project(tmp_path, {"fleet": {"servers": {"north": "service=n", "south": "service=s"}}})
    assert project.servers == (("north", "service=n"), ("south", "service=s"))
    with pytest.raises(Misuse, match="no setting"):
        build_project(tmp_path, {"fleet": {"servers": ["service=n"], "jobs": 3}})
    with pytest.raises(Misuse, match="is a list"):
        build_project(tmp_path, {"fleet": ["service=n"]})


def test_one_database_by_two_addresses_is_refused(fleet: Fleet) -> None:
    fleet.listed.write_text(f'servers = ["{fleet.shop.url}", "{fleet.shop.url}&connect_timeout=7"]')
    ran = fleet.slate("status")
    assert ran.returncode == 2
    assert "twice" in ran.stderr or "lead to one database" in ran.stderr
    fleet.listed.write_text(f'[servers]\na = "{fleet.shop.url}"\nb = "{fleet.shop.url}&connect_timeout=7"')
    ran = fleet.slate("status")
    assert (ran.returncode, "lead to one database" in ran.stderr) == (2, True)


def test_without_a_list_the_fleet_is_the_one_database(fleet: Fleet) -> None:
    ran = fleet.shop.slate("fleet", "status", "shop")
    assert (ran.returncode, " 3 " in ran.stdout) == (0, True)
