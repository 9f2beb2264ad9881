"""One disposable server for all workers of pytest-xdist, started when the first of them asks.

The controller answers on a socket in a folder that nobody else may enter; a worker that has no test with a database
asks nothing, and no server is started.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Lock, Thread

from slate_pg.errors import ServerError, SlateError
from slate_pg.postgres.server import disposable

ADDRESS = "SLATE_TEST_SERVER"  # set by the controller for its workers


class SharedServer:
    """What the controller keeps: a socket at `address`, and the server once somebody has asked."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lock = Lock()
        self._answer: tuple[str, ...] | None = None
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="slate-"))  # 0700, as mkdtemp has it
        self.address = str(Path(folder) / "server")
        self._listener = self._stack.enter_context(Listener(self.address, family="AF_UNIX", backlog=64))
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:  # closed: the run is over
                return
            with connection, suppress(OSError):
                connection.send(self._start())

    def _start(self) -> tuple[str, ...]:
        """Return what a worker is told: where the server is, or why there is none. Starts it once."""
        with self._lock:
            if self._answer is None:
                try:
                    self._answer = (str(self._stack.enter_context(disposable()).home),)
                except SlateError as error:
                    self._answer = ("", error.message, error.hint)
            return self._answer

    def close(self) -> None:
        """Stop the server, where one was started, and remove the socket."""
        with self._lock:
            self._answer = ("", "the test run is over", "")
            self._stack.close()


def ask(address: str) -> str:
    """Return the folder of the run's server, which is started where nobody has asked before. ServerError."""
    with Client(address, family="AF_UNIX") as connection:
        host, *said = connection.recv()
    if not host:
        raise ServerError(said[0], hint=said[1])
    return str(host)
