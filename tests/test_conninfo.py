"""No password is ever shown: whatever the connection string looks like, whatever the command, also when it breaks."""

from __future__ import annotations

import contextlib
import io
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from slate_pg import conninfo
from slate_pg.cli import main
from slate_pg.conninfo import describe, hide, learn, parse
from slate_pg.errors import Misuse
from slate_pg.postgres.connection import connect
from slate_pg.service.session import Sessions

ROOT = Path(__file__).parents[1]
COUNT = 2000
NOWHERE = "127.0.0.1:1"
# {r} the secret as it is, {e} percent-encoded, {h} half of it, {k} as a quoted value of name=value.
TEXTS = (
    "postgresql://u:{r}@{at}/d", "postgresql://u:{e}@{at}/d", "postgresql://u:{h}@{at}/d", "postgres://:{r}@{at}/d",
    "postgresql://u:{r}@{at}/d?sslmode=disable&x", "postgresql://u:{e}@{at}/d?connect_timeout={r}",
    "postgresql://{at}/d?user=u&password={r}", "postgresql://{at}/d?user=u&password={e}",
    "postgresql://{at}/d?sslpassword={r}", "postgresql://{at}/d?sslpassword={e}&sslmode=disable",
    "postgresql://{at}/d?passwrd={r}", "postgresql://{at}/d?passwrd={e}", "postgresql://{at}/d?options={e}",
    "postgresql://u:{r}/{at}/d", "postgresql:/u:{r}@{at}/d", "postgresql:u:{r}@{at}/d", "u:{r}@{at}/d", "u:{e}@{at}",
    "//u:{r}@{at}/d", "http://u:{r}@{at}/d", "postgresql://u:{e}", "postgresql://u:{e}@{at}:{e}/d",
    "postgresql://u:{r}@[::1/d", "postgresql://u:{r} @{at}/d", "postgresql://u:{r}@{at},{at}/d", "postgresql://u%3A{e}@{at}/d",
    "jdbc:postgresql://{at}/d?user=u&password={r}", "postgresql://u@{at}:{r}/d", "postgresql://u:{r}@%2Fnowhere/d",
    "postgresql://u:%zz{r}@{at}/d", "postgresql://u:%00{r}@{at}/d", "postgresql://u:{r}@{at}/d?password",
    "host=127.0.0.1 port=1 password={r}", "host=127.0.0.1 port=1 password={k}", "host=127.0.0.1 port=1 password='{r}",
    "host=127.0.0.1 port=1 PASSWORD={k}", "password = {r} host=127.0.0.1 port=1", "host=/nowhere passwrd={r}",
    "host=/nowhere password={k} more", "host=/nowhere sslpassword={k}", "host=/nowhere options={k}", "password={r}",
    "host=/nowhere port={r}", "host=u:{r}@127.0.0.1 port=1", "host=127.0.0.1 port=1 dbname=postgresql://u:{e}@h/d",
    "host=127.0.0.1 port=1 user=u:{e}", "password:{r}",
)  # fmt: skip
COMMANDS = (
    ("status",), ("status", "--json"), ("doctor", "--json"), ("apply", "core"), ("access",), ("bootstrap",),
    ("role", "drop", "x"), ("backup", "--to", "/nowhere"), ("jobs", "run"), ("psql", "nothing"),
)  # fmt: skip
SPECIAL = "@/:?#[]% \"'\\&=+$!é"


@pytest.fixture(autouse=True)
def _nothing_learnt(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(ROOT)
    yield
    conninfo.learn_environment([], {})


def secrets(count: int) -> Iterator[tuple[random.Random, str]]:
    """Yield secrets of rare letters, most of them with characters that mean something in a connection string."""
    chance = random.Random(20261129)  # noqa: S311 - the same in every run
    for _ in range(count):
        letters = [chance.choice("qzxjvkwQZXJVKW0123456789") for _ in range(chance.randint(6, 18))]
        for at in range(1, len(letters) - 1, 2):
            if chance.random() < 0.4:
                letters[at] = chance.choice(SPECIAL)
        yield chance, f"Z{''.join(letters)}Z"


def written(text: str, secret: str) -> str:
    """Return a template with the secret in its places."""
    half = "".join(c if n % 2 else quote(c, safe="") for n, c in enumerate(secret))
    quoted = "'" + secret.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return text.format(r=secret, e=quote(secret, safe=""), h=half, k=quoted, at=NOWHERE)


def shown(secret: str, output: str) -> str:
    """Return the first four characters of a secret in a row that an output holds, nothing when there are none."""
    runs = (secret[n : n + 4] for n in range(len(secret) - 3))
    return next((run for run in runs if run in output), "")


def said(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> tuple[int, str]:
    """Run the command line in this process; return its exit code and all it wrote."""
    monkeypatch.setattr(sys, "argv", ["slate", *arguments])
    output, code = io.StringIO(), 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
    return code, output.getvalue()


def test_of_two_thousand_connection_strings_no_output_holds_four_characters_of_the_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = []
    monkeypatch.setattr(os, "execv", lambda *words: pytest.fail(f"psql was started: {words}"))
    for number, (chance, secret) in enumerate(secrets(COUNT)):
        url = written(TEXTS[number % len(TEXTS)], secret)
        command = list(chance.choice(COMMANDS))
        by_option = chance.random() < 0.5
        monkeypatch.setenv("SLATE_DEBUG", "1") if number % 3 else monkeypatch.delenv("SLATE_DEBUG", raising=False)
        monkeypatch.setenv("DATABASE_URL", "" if by_option else url)
        code, output = said(monkeypatch, [*command, *(["--database", url] if by_option else [])])
        assert code in (1, 2), (code, command, url, output)
        if shown(secret, output) or "Traceback" in output:
            wrong.append((command, url, output))
    assert wrong == []


@pytest.mark.parametrize(
    "place", ["status {}", "up {}", "statsu {}", "status --migrations {}", "new core {}", "backup --to {}"]
)
def test_a_connection_string_in_the_wrong_place_is_not_repeated(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "host=/nowhere")
    for text in ("postgresql://u:{r}@{at}/d", "postgresql://u:{e}@h/d", "host=h password={k}"):
        for _, secret in secrets(10):
            _, output = said(monkeypatch, [word.format(written(text, secret)) for word in place.split(" ")])
            assert not shown(secret, output), output


def test_real_processes_with_tracebacks_hold_none_of_it_either() -> None:
    # A fault inside slate, raised with the secret in its message: what SLATE_DEBUG=1 shows goes through the same guard.
    code = (
        "import sys; from slate_pg.cli import opening, run\n"
        "def broken(url): raise RuntimeError('broken at ' + url)\n"
        "opening.url_of = broken\n"
        "sys.argv = ['slate', 'status', '--database', sys.argv[1]]; run()"
    )
    for text in ("postgresql://u:{r}@{at}/d", "postgresql://u:{e}@{at}/d", "host=h password={k}", "u:{r}@h/d"):
        secret = "ZqkX@jv w%Z"
        for start in (["-c", code], ["-m", "slate_pg", "status", "--database"]):
            ran = subprocess.run(
                [sys.executable, *start, written(text, secret)], capture_output=True, text=True, check=False,
                env={**os.environ, "SLATE_DEBUG": "1"}, cwd=ROOT,
            )  # fmt: skip
            assert ran.returncode in (1, 2)
            assert not shown(secret, ran.stdout + ran.stderr), ran.stderr
            assert ("Traceback" in ran.stderr) == (start[0] == "-c")


def test_what_the_server_or_a_client_program_says_is_guarded_too(
    slate_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = slate_server.url()  # type: ignore[attr-defined]
    for _, secret in secrets(20):
        monkeypatch.setenv("PGPASSWORD", secret)
        _, output = said(monkeypatch, ["status", f"{secret}x", "--database", url])
        assert not shown(secret, output), output
        monkeypatch.delenv("PGPASSWORD")
        _, output = said(
            monkeypatch, ["status", "--database", f"{url}&options={quote('-c search_path=' + secret + ' -Q')}"]
        )
        assert not shown(secret, output.replace("***", "")), output


def test_a_password_from_a_file_is_known_once_the_connection_stands(slate_server: object, tmp_path: Path) -> None:
    file = tmp_path / "pass"
    file.write_text("*:*:*:*:qzxj-of-the-file\n")
    file.chmod(0o600)
    with connect(f"{slate_server.url()}&passfile={file}"):  # type: ignore[attr-defined]
        assert hide("it is qzxj-of-the-file.") == "it is ***."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("postgresql://u:s3cr%et@h/d", "a % in it is not followed by two hexadecimal digits"),
        ("postgresql://u:s3cr et@h/d", "it holds a space"),
        ("postgresql://u:s3@cret@h/d", "its host holds a character"),
        ("postgresql://u:s3cr/et@h/d", "its port is no number"),
        ("postgresql://u:12/et@h/d", "its database name holds an unescaped @"),
        ("postgresql://u:s3%00cret@h/d", "a zero byte"),
        ("postgresql://u:s3\0cret@h/d", "a zero byte"),
        ("postgresql://h/d?passwrd=s3cret", "is no parameter that libpq knows"),
        ("postgresql://h:0/d", "its port is no number"),
        ("u:s3cret@h/d", "neither a URL"),
        ("host=h password=s3 cret", "is no name=value"),
        ("host=h port=5432x", "its port is no number"),
        ("host=h password='s3cret", "a quote is not closed"),
        ("postgresql://u:\ud800@h/d", "cannot be read"),
    ],
)  # fmt: skip
def test_a_malformed_string_is_misuse_that_names_the_part_and_quotes_nothing(text: str, reason: str) -> None:
    with pytest.raises(Misuse, match="the connection string cannot be read") as refused:
        parse(text)
    assert reason in refused.value.message
    assert "%40" in refused.value.hint
    assert not shown("s3cret", refused.value.message)
    assert refused.value.__suppress_context__
    assert describe(text) == "the database given"
    with pytest.raises(Misuse):
        connect(text)
    with pytest.raises(Misuse):
        Sessions(text, "core")


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("postgresql://me:hunter2@h:5432/db?sslmode=require", "postgresql://me@h:5432/db"),
        ("postgresql://me:@h/db", "postgresql://me@h/db"),
        ("postgresql://me:a%40b%2Fc@h/db", "postgresql://me@h/db"),
        ("host=h user=me password='it\\'s' dbname=d", "postgresql://me@h/d"),
        ("postgresql:///db?host=/tmp", "postgresql:///db?host=/tmp"),
        ("postgresql://postgres@/db?host=/a%20b&port=6432", "postgresql://postgres@/db?host=/a%20b&port=6432"),
        ("postgresql://h1:1,h2:2/db", "postgresql://h1:1,h2:2/db"),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"),
        ("postgresql://me%40org@h/d", "postgresql://me%40org@h/d"),
        ("host=h", "postgresql://h/"),
        ("service=prod", "the service prod"),
        ("", "the database of the PG variables"),
    ],
)  # fmt: skip
def test_what_is_shown_is_built_from_the_parts_and_can_be_used_again(text: str, described: str) -> None:
    assert describe(text) == described
    if described.startswith("postgresql:"):
        again = parse(described)
        assert again == {name: value for name, value in parse(text).items() if name in again}


def test_short_words_and_names_that_are_no_secret_are_left_alone() -> None:
    parse("postgresql://app:app@h/app")
    parse("postgresql://flourish:flourish@h/flourish")
    parse("postgresql://postgres:postgres@h/postgres")
    conninfo.learn_from("postgresql://flourish:flourish@h/flourish")
    learn(["x", ""])
    assert hide("app, flourish and postgres at h: x") == "app, flourish and postgres at h: x"


def test_a_secret_is_hidden_in_every_spelling() -> None:
    learn(['a"b é@c'])
    assert hide('a"b é@c a\\"b \\u00e9@c a%22b%20%C3%A9%40c') == "*** *** ***"
