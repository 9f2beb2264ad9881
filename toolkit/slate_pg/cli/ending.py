"""What a command ends with when somebody asks it to: a key, a closed terminal, a job of CI that is cancelled."""

from __future__ import annotations

import signal


class Interrupted(BaseException):
    """What a command line ends with on Ctrl-C or such a signal; the exit code says which. Typer would say nothing."""

    def __init__(self, interrupt: KeyboardInterrupt) -> None:
        super().__init__()
        self.exit_code = 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)


class Ended(KeyboardInterrupt):
    """Somebody asked the process to end: a closed terminal, a pod that is moved, a job of CI that is cancelled."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
