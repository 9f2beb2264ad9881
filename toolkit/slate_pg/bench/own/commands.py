"""Runs the command line of this very installation and says what that took: for what is timed as whole processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from slate_pg.errors import SlateError


def slate_command() -> list[str]:
    """Return its script, or the module where there is none."""
    script = Path(sys.executable).with_name("slate")
    return [str(script)] if script.exists() else [sys.executable, "-m", "slate_pg"]


def run_measured(command: Sequence[str], ends: Sequence[int] = (0,)) -> tuple[float, float]:
    """Run a process to its end; return its seconds and the most memory it had, in MB.

    SlateError where it ends in another way than one of `ends`, with what it said.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
    ) as process:
        said = process.stdout.read()[-4000:] if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends:
        raise SlateError(
            f"{' '.join(command[:4])} ended with {process.returncode}",
            detail=said.splitlines(),
        )
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def both(urls: Sequence[str], work: Callable[[str], object]) -> float:
    """Do something on each server at the same time; return the seconds until all are through. Errors are raised."""
    strange: list[BaseException] = []

    def one(url: str) -> None:
        try:
            work(url)
        except BaseException as error:
            strange.append(error)

    threads = [threading.Thread(target=one, args=(url,)) for url in urls]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if strange:
        raise strange[0]
    return time.perf_counter() - began
