"""The command `slate`: the only place that prints, exits or knows Typer and rich."""

from __future__ import annotations

import codecs
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, TypeGuard

from slate_pg.cli.ending import Ended, Interrupted

if TYPE_CHECKING:
    import psycopg
    from typer import Typer

    from slate_pg.errors import SlateError


def show_error(error: SlateError) -> None:
    """Write an error to stderr, and to stdout where JSON was asked for; what its hint offers works where this did."""
    from slate_pg.cli.asked import offered
    from slate_pg.cli.output import show_error as show
    from slate_pg.cli.output import tell_failure

    error.hint = offered(error.hint)
    show(error)
    with suppress(BrokenPipeError):
        tell_failure(error)


def from_server(error: psycopg.Error) -> SlateError:
    """Return what the server said as an error of ours; SLATE_DEBUG=1 shows where it was raised instead."""
    from slate_pg.errors import SlateError, Where

    code = f" ({error.sqlstate})" if error.sqlstate else ""
    return SlateError(
        f"the server said: {error.diag.message_primary or str(error).strip()}{code}",
        hint=error.diag.message_hint or "Set SLATE_DEBUG=1 to see where in slate it came from.",
        where=Where("", 0, sqlstate=error.sqlstate or ""),
    )


def is_from_server(error: Exception) -> TypeGuard[psycopg.Error]:
    """Return whether it is psycopg's, without importing psycopg for commands that never did."""
    return "psycopg" in sys.modules and isinstance(error, sys.modules["psycopg"].Error)


_INTERRUPTED = (
    "interrupted: a statement under way was cancelled and its transaction rolled back; "
    "`slate status` says what is applied\n"
)


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 misuse, 3 the answer is no. No output holds a secret."""
    from slate_pg.conninfo import Guarded, learn_environment

    learn_environment(sys.argv[1:], os.environ)
    _write_anything()
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Guarded(sys.stdout), Guarded(sys.stderr)
    try:
        with _told_to_end():
            answer()
    finally:
        sys.stdout, sys.stderr = streams


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # who asks again does not wait
    raise Ended(number)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Let a signal that ends the process cancel what is under way first, as Ctrl-C does; nohup's is left ignored."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    ours = [n for n in numbers if signal.getsignal(n) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


_IN_ASCII = {"…": "...", "→": "->", "–": "-", "—": "-", "×": "x", "≥": ">=", "≤": "<=", "“": '"', "”": '"', "’": "'"}


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Write a character that a terminal has no code for by those that every one has."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end]
    return "".join(_IN_ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in wanted), error.end


def _write_anything() -> None:
    """Let no character end a command in a traceback, whatever the terminal's encoding is."""
    codecs.register_error("slate", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="slate")


def answer() -> None:
    """Do what the arguments say, and leave with the exit code that fits."""
    gc.set_threshold(100_000, 50, 50)  # imports make tens of thousands of objects that stay
    from slate_pg.cli.plain import is_answered
    from slate_pg.errors import AnswerIsNo, SlateError

    asked = sys.argv[1:2]
    try:
        if not is_answered(sys.argv[1:]):
            _build(asked)(prog_name="slate")
    except SlateError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except AnswerIsNo as no:
        sys.exit(no.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if os.environ.get("SLATE_DEBUG") or not is_from_server(error):
            import traceback

            traceback.print_exc()  # here, where no secret gets through
        else:
            show_error(from_server(error))
        sys.exit(1)
    except Interrupted as interrupted:
        sys.stderr.write(_INTERRUPTED if "psycopg" in sys.modules else "interrupted\n")
        sys.exit(interrupted.exit_code)
    finally:
        if asked == ["--install-completion"]:
            from slate_pg.cli.completion import finish_installation

            finish_installation()


def _build(asked: list[str]) -> Typer:
    """Return the command line: one command needs one module; help, completion and near names need them all."""
    from slate_pg.cli.app import COMMANDS, build

    return build(asked if asked and asked[0] in COMMANDS else COMMANDS)


def run() -> None:
    """Run the command line and leave at once: taking the interpreter apart costs more than most commands do."""
    code = 0
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (BrokenPipeError, ValueError):
        code = code or 1
    os._exit(code)
