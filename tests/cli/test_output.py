"""Colour and progress bars are for terminals."""

import os
import pty
import subprocess
import sys


def test_colours_and_bars_appear_on_a_terminal_only(slate, folder, empty_database):
    piped = slate("apply", "--migrations", str(folder))
    assert "\x1b" not in piped.out + piped.err
    slate("rollback", "db", "--all", "--migrations", str(folder))
    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "slate_pg", "apply", "--migrations", str(folder)],
        stderr=follower, stdout=subprocess.PIPE, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(follower)
    assert b"\x1b" in os.read(leader, 100_000)
