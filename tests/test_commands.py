"""A command of the operator's is told what happened, is shown, and is ended with all that it has started."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from slate_pg.commands import end_all, run_command


def gone(pid: int) -> bool:
    """Tell whether a process has ended, for at most ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def number_in(path: Path) -> int:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


def test_a_text_is_for_the_shell_and_words_are_not(tmp_path: Path) -> None:
    heard: list[str] = []
    ran = run_command("echo $NAME; pwd; cat", given="told\n", variables={"NAME": "$(id)"}, folder=tmp_path,
                      heard=heard.append)  # fmt: skip
    assert (ran.failure, ran.lines) == (None, ("$(id)", str(tmp_path), "told"))
    assert heard == list(ran.lines)
    assert run_command(["echo", "$NAME; 'x'"]).lines == ("$NAME; 'x'",)


def test_how_it_failed_is_said(tmp_path: Path) -> None:
    assert run_command("echo no >&2; exit 3").failure == "left with 3"
    assert run_command("kill -9 $$").failure == "left with -9"
    missing = run_command([str(tmp_path / "nowhere")])
    assert (missing.code, missing.lines) == (127, ("No such file or directory",))


@pytest.mark.parametrize("given", ["", "x" * 3_000_000])
def test_one_that_does_not_read_its_input_does_not_hang(given: str) -> None:
    assert run_command("exit 0", given=given).failure is None
    assert run_command("wc -c", given=given).lines[0].strip() == str(len(given))


def test_what_it_leaves_running_is_not_waited_for() -> None:
    began = time.monotonic()
    ran = run_command("sleep 60 & echo $!")
    os.kill(int(ran.lines[0]), signal.SIGKILL)
    assert (ran.failure, time.monotonic() - began < 30) == (None, True)


def test_its_time_ends_it_and_what_it_has_started(tmp_path: Path) -> None:
    ran = run_command(f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/child; wait; wait", seconds=0.5)
    assert ran.failure == "did not end within 0.5 s"
    assert gone(number_in(tmp_path / "child"))


def test_an_interrupt_ends_it_and_what_it_has_started(tmp_path: Path) -> None:
    def interrupt() -> None:
        number_in(tmp_path / "child")
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_command(f"sleep 600 & echo $! > {tmp_path}/child; wait")
    assert gone(number_in(tmp_path / "child"))


def test_those_of_other_threads_are_ended_together(tmp_path: Path) -> None:
    ended: list[str | None] = []
    thread = threading.Thread(
        target=lambda: ended.append(run_command(f"echo $$ > {tmp_path}/one; exec sleep 600").failure)
    )
    thread.start()
    number_in(tmp_path / "one")
    while thread.is_alive():  # again and again, since a thread may be just about to begin one
        end_all()
        thread.join(0.1)
    assert ended == ["left with -15"]
