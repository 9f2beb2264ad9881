"""Hooks run around what writes and never around what reads; events say what happened, in order, and nothing secret."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slate_pg.cli.published import schema_files
from slate_pg.errors import Misuse
from slate_pg.hooks import read_hooks
from tests.fleet.conftest import Fleet, fleet  # noqa: F401 - a fixture
from tests.workshop import Workshop, eventually

Settings = Callable[[str], None]
TELL = '["sh", "-c", "cat >> told.json"]'


def slate(shop: Workshop, *arguments: str, url: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slate_pg", *arguments, "--database", url or shop.url], cwd=shop.root,
        capture_output=True, text=True, check=False, env=environment(**more),
    )  # fmt: skip


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "toolkit"), **more}


@pytest.fixture
def settings(shop: Workshop) -> Settings:
    """Write the hooks of the project; two migrations are pending."""
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);", "DROP TABLE t;")
    shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")

    def write(hooks: str) -> None:
        (shop.root / "pyproject.toml").write_text(f"[tool.slate]\n[tool.slate.hooks]\n{hooks}\n", encoding="utf-8")

    return write


def told(shop: Workshop, name: str = "told.json") -> list[dict[str, Any]]:
    path = shop.root / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def are_as_published(events: list[dict[str, Any]], name: str) -> None:
    schema = json.loads(schema_files()[name].read_text("utf-8"))
    for event in events:
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())


def test_hooks_get_the_event_on_their_input_and_their_words_are_shown(shop: Workshop, settings: Settings) -> None:
    settings(
        f"before_apply = {TELL}\nafter_apply = {TELL}\nbefore_rollback = {TELL}\nafter_rollback = {TELL}\n"
        "on_failure = 'echo never'"
    )
    done = slate(shop, "apply", PGPASSWORD="a secret of somebody")
    assert (done.returncode, done.stdout) == (0, "shop: 2 applied\n"), done.stderr
    assert slate(shop, "apply").stdout == "shop: up to date\n"
    assert slate(shop, "rollback", "shop").returncode == 0
    events = told(shop)
    both = ["shop_0001_t", "shop_0002_u"]
    assert [(e["event"], e["ids"]) for e in events] == [
        ("before_apply", both), ("after_apply", both), ("before_rollback", both[1:]), ("after_rollback", both[1:]),
    ]  # fmt: skip
    assert len({e["run"] for e in events}) == 2
    assert events[0]["server"]["dbname"] == shop.watch.info.dbname
    assert "a secret" not in json.dumps(events)
    are_as_published(events, "hook")
    settings("before_apply = 'echo one $SLATE_EVENT $SLATE_SCHEMA; echo two >&2'")
    assert "before_apply: one before_apply shop\nbefore_apply: two\n" in slate(shop, "apply").stderr


def test_a_before_hook_that_fails_stops_before_anything_is_applied(shop: Workshop, settings: Settings) -> None:
    settings(f"before_apply = 'echo not now; exit 4'\nafter_apply = 'echo never'\non_failure = {TELL}")
    done = slate(shop, "apply", "--json")
    assert done.returncode == 1
    assert "before_apply left with 4, not now" in done.stderr
    failed = json.loads(done.stdout)
    assert (failed["applied"], failed["not_touched"]) == ([], ["shop_0001_t", "shop_0002_u"])
    assert 'Nothing was applied in "shop"' in failed["failed"]["hint"]
    assert (shop.ledger(), shop.exists("shop.t")) == ([], False)
    (event,) = told(shop)
    assert (event["event"], event["ids"], event["id"]) == ("on_failure", [], None)


def test_an_after_hook_that_fails_says_what_stays(shop: Workshop, settings: Settings) -> None:
    settings("after_apply = 'exit 5'\nafter_rollback = 'exit 6'")
    done = slate(shop, "apply", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["applied"] == [{"product": "shop", "schema": "shop", "ids": ["shop_0001_t", "shop_0002_u"]}]
    assert "after_apply left with 5" in answer["failed"]["message"]
    assert 'which stays: 2 applied in "shop"' in answer["failed"]["hint"]
    assert len(shop.ledger()) == 2
    assert slate(shop, "apply").returncode == 0
    rolled = slate(shop, "rollback", "shop")
    assert (rolled.returncode, "1 rolled back" in rolled.stderr, shop.ledger()) == (1, True, ["shop_0001_t"])


def test_a_failure_calls_its_hook_with_what_was_done_and_what_failed(shop: Workshop, settings: Settings) -> None:
    settings(f"on_failure = {TELL}")
    shop.write("shop_0003_v", "SELECT nowhere;")
    done = slate(shop, "apply")
    assert (done.returncode, "nowhere" in done.stderr) == (1, True)
    (event,) = told(shop)
    assert (event["id"], event["ids"]) == ("shop_0003_v", ["shop_0001_t", "shop_0002_u"])
    assert event["error"]["sqlstate"] == "42703"
    assert event["error"]["file"].endswith("shop_0003_v.sql")
    are_as_published([event], "hook")
    settings("on_failure = 'exit 9'")
    again = slate(shop, "apply")
    assert again.returncode == 1
    assert "on_failure left with 9" in again.stderr
    assert 'column "nowhere" does not exist' in again.stderr


def test_sql_runs_on_the_database_with_the_path_of_the_installation(shop: Workshop, settings: Settings) -> None:
    shop.do("CREATE TABLE public.heard (said text)")
    settings(
        "before_apply = { sql = \"INSERT INTO public.heard VALUES ('before ' || current_schemas(false)::text)\" }\n"
        "after_apply = { sql = \"INSERT INTO u VALUES (7); INSERT INTO public.heard SELECT 'after ' || id FROM u; "
        "SET work_mem = '1MB'\" }"
    )
    assert slate(shop, "apply").returncode == 0
    assert [r[0] for r in shop.rows("SELECT said FROM public.heard ORDER BY said DESC")][1] == "after 7"
    settings("before_rollback = { sql = 'SELECT 1/0' }")
    done = slate(shop, "rollback", "shop")
    assert (done.returncode, len(shop.ledger())) == (1, 2)
    assert "before_rollback failed: division by zero (22012)" in done.stderr
    assert 'Nothing was rolled back in "shop"' in done.stderr


def test_a_hook_that_takes_too_long_is_ended(shop: Workshop, settings: Settings) -> None:
    settings("timeout = 0.5\nbefore_apply = 'sleep 600'")
    done = slate(shop, "apply")
    assert (done.returncode, "before_apply did not end within 0.5 s" in done.stderr) == (1, True)
    settings("timeout = 0.5\nbefore_apply = { sql = 'SELECT pg_sleep(600)' }")
    assert "before_apply failed: canceling statement due to statement timeout" in slate(shop, "apply").stderr
    assert shop.ledger() == []


def test_ctrl_c_ends_a_hook_with_what_it_started(shop: Workshop, settings: Settings) -> None:
    settings("before_apply = 'sleep 600 & echo $! > child; wait'")
    process = subprocess.Popen(
        [sys.executable, "-m", "slate_pg", "apply", "--database", shop.url, "--events", "events.json"], cwd=shop.root,
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    child = shop.root / "child"
    eventually(lambda: child.exists() and child.read_text().strip(), "the hook has begun")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130
    eventually(lambda: is_gone(int(child.read_text())), "what the hook has started ends")
    assert shop.ledger() == []
    assert [e["event"] for e in told(shop, "events.json")] == ["run started", "run finished"]
    assert told(shop, "events.json")[-1]["outcome"] == "interrupted"


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("plan",),
        ("drift",),
        ("check", "shop"),
        ("apply", "--dry-run"),
        ("doctor",),
        ("lint",),
        ("seed", "shop"),
    ],
)
def test_what_only_reads_or_is_no_move_calls_no_hook(
    shop: Workshop, settings: Settings, command: tuple[str, ...]
) -> None:
    every = ("before_apply", "after_apply", "before_rollback", "after_rollback", "on_failure")
    settings("\n".join(f"{name} = 'touch called'" for name in every))
    if command[0] in ("check", "lint"):
        subprocess.run(
            [sys.executable, "-m", "slate_pg", *command],
            cwd=shop.root,
            env=environment(),
            capture_output=True,
            check=False,
        )
    else:
        slate(shop, *command)
    assert not (shop.root / "called").exists()


def test_a_folder_that_is_named_brings_no_hooks(shop: Workshop, settings: Settings) -> None:
    settings("before_apply = 'touch called'")
    assert slate(shop, "apply", "--migrations", "migrations").returncode == 0
    assert not (shop.root / "called").exists()


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ({"before_aply": "x"}, 'Did you mean "before_apply"?'),
        ({"before_apply": ""}, "takes a command or SQL, not ''"),
        ({"before_apply": []}, "takes a command or SQL"),
        ({"before_apply": ["", "x"]}, "takes a command or SQL"),
        ({"before_apply": 7}, "takes a command or SQL, not 7"),
        ({"before_apply": {"sql": " "}}, "takes a command or SQL"),
        ({"before_apply": {"sql": "x", "more": 1}}, "takes a command or SQL"),
        ({"before_apply": "a\0b"}, "takes a command or SQL"),
        ({"timeout": 0}, "a number of seconds above 0"),
        ({"timeout": True}, "a number of seconds above 0"),
        ({"timeout": float("inf")}, "a number of seconds above 0"),
    ],
)
def test_a_setting_that_is_no_hook_is_misuse(hooks: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse) as refused:
        read_hooks(hooks, Path())
    assert said in refused.value.message + refused.value.hint


def test_events_are_added_to_a_file_in_order(shop: Workshop, settings: Settings) -> None:
    settings("")
    (shop.root / "events.json").write_text("")
    assert slate(shop, "apply", "--events", "events.json").returncode == 0
    shop.write("shop_0003_v", "SELECT nowhere;")
    assert slate(shop, "apply", "--events", "events.json").returncode == 1
    assert slate(shop, "rollback", "shop", "--events", "events.json").returncode == 0
    events = told(shop, "events.json")
    are_as_published(events, "events")
    assert [(e["command"], e["event"], e.get("id")) for e in events] == [
        ("apply", "run started", None),
        ("apply", "migration started", "shop_0001_t"), ("apply", "migration applied", "shop_0001_t"),
        ("apply", "migration started", "shop_0002_u"), ("apply", "migration applied", "shop_0002_u"),
        ("apply", "run finished", None),
        ("apply", "run started", None),
        ("apply", "migration started", "shop_0003_v"), ("apply", "migration failed", "shop_0003_v"),
        ("apply", "run finished", None),
        ("rollback", "run started", None),
        ("rollback", "migration started", "shop_0002_u"), ("rollback", "migration rolled back", "shop_0002_u"),
        ("rollback", "run finished", None),
    ]  # fmt: skip
    assert [e["outcome"] for e in events if e["event"] == "run finished"] == ["done", "failed", "done"]
    assert len({e["run"] for e in events}) == 3


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/dev/full", 1, "No space left on device"),
        ("nowhere/events.json", 2, "No such file or directory"),
        (".", 2, "Is a directory"),
        ("-", 2, "--events takes a file"),
        ("", 2, "--events takes a file"),
    ],
)
def test_events_that_cannot_be_written_are_said_before_anything_is_applied(
    shop: Workshop, settings: Settings, path: str, code: int, said: str
) -> None:
    settings("")
    done = slate(shop, "apply", "--events", path)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert (shop.ledger(), shop.exists("shop.t")) == ([], False)


def test_events_go_to_a_pipe_and_to_stderr(shop: Workshop, settings: Settings) -> None:
    settings("")
    done = slate(shop, "apply", "--to", "shop_0001_t", "--events", "/dev/stderr")
    assert [json.loads(line)["event"] for line in done.stderr.splitlines() if line.startswith("{")] == [
        "run started", "migration started", "migration applied", "run finished",
    ]  # fmt: skip
    pipe = shop.root / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["head", "-n", "1", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        done = slate(shop, "apply", "--events", str(pipe))
        assert json.loads(reader.communicate()[0])["event"] == "run started"
    assert (done.returncode, len(shop.ledger())) == (0, 2), done.stderr


def test_a_fleet_tells_of_each_installation(fleet: Fleet) -> None:  # noqa: F811
    root = fleet.shop.root
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    (root / "pyproject.toml").write_text(f"[tool.slate]\n[tool.slate.hooks]\nbefore_apply = {TELL}\n")
    words = ["fleet", "apply", "shop", "--servers", str(fleet.listed), "--events", "events.json"]
    done = subprocess.run(
        [sys.executable, "-m", "slate_pg", *words],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    events = told(fleet.shop, "events.json")
    are_as_published(events, "events")
    where = {(e["server"]["name"], e["schema"]) for e in events if e["event"] == "migration applied"}
    assert where == {
        ("north", "alpha"), ("north", "Weird Name"), ("north", "select"), ("south", "alpha"), ("south", "ünïcode"),
    }  # fmt: skip
    assert {(e["server"]["name"], e["schema"]) for e in told(fleet.shop)} == where
