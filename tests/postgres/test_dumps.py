"""An older server reads what a newer pg_dump wrote, and nothing but the unknown settings of its head is touched."""

from __future__ import annotations

from pathlib import Path

from slate_pg.postgres import dumps
from tests.workshop import Workshop

HEAD = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\n\nSET statement_timeout = 0;\nSET newer_timeout = 0;\n"
BODY = "\n--\n-- Name: f; Type: FUNCTION\n--\n\nSET newer_timeout = 0;\nCREATE TABLE t ();\n"


def test_a_setting_that_the_server_does_not_know_becomes_a_comment_of_the_same_length(shop: Workshop) -> None:
    found = dumps.for_server(shop.watch, HEAD + BODY)
    assert found == HEAD.replace("SET newer_timeout", "--T newer_timeout") + BODY


def test_a_dump_of_the_servers_own_version_stays_as_it_is(shop: Workshop) -> None:
    text = HEAD.replace("SET newer_timeout = 0;\n", "") + BODY
    assert dumps.for_server(shop.watch, text) == text
    assert dumps.for_server(shop.watch, "") == ""


def test_a_script_is_rewritten_in_place_whatever_its_bytes_are(shop: Workshop, tmp_path: Path) -> None:
    script = tmp_path / "dump.sql"
    raw = (HEAD + BODY).encode() + "ü".encode() * 9000 + b"\xff\x00"
    script.write_bytes(raw)
    dumps.rewrite_for_server(shop.watch, script)
    assert script.read_bytes() == raw.replace(b"SET newer_timeout", b"--T newer_timeout", 1)
