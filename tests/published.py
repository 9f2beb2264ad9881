"""Holds what `slate … --json` printed against its published schema, wherever a test runs a command.

`watch_processes` does so for every process that a test starts and hears to its end; `tests.workshop.captured` and the
fixture `slate` do so for what they run.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from slate_pg.cli.published import schema_files
from slate_pg.cli.shapes import OUTPUTS

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

seen: list[tuple[str, str]] = []  # command and kind of every document and line that was checked in this process
_GROUPS = {name.rpartition(" ")[0] for name in OUTPUTS} - {""}


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what validates one document, or one line, of a command."""
    from jsonschema import Draft202012Validator, FormatChecker  # two seconds, which most runs of tests need not

    schema = json.loads(schema_files()[name].read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker(["date-time"]))


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the command that these arguments run with --json; None where they run another or ask for another form."""
    words = [str(word) for word in arguments]
    stated = words[: words.index("--")] if "--" in words else words
    asks = "--json" in stated or "--format=json" in stated or ("--format", "json") in pairwise(stated)
    name = ""
    for word in words:
        name = f"{name} {word}".strip()
        if name in OUTPUTS:
            return name if asks else None
        if name not in _GROUPS:
            return None
    return None


def check(arguments: Sequence[str], code: int, out: str, err: str) -> None:
    """Fail where a command that was asked for JSON printed what its schema does not allow, or nothing without a reason."""
    name = command_of(arguments)
    if name is None or code < 0 or code > 3 or {"-h", "--help"} & set(arguments):
        return
    said = f"slate {shlex.join(map(str, arguments))} (exit {code})"
    if not out:
        excused = (code == 2 and "Usage:" in err) or (code == 1 and "Traceback" in err)
        assert excused, f"{said} printed no JSON; on stderr: {err}"
        return
    lines = out.splitlines() if OUTPUTS[name].lines else [out]
    for number, line in enumerate(lines):
        found = json.loads(line)
        problems = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in _reasons(name, found)]
        assert not problems, f"{said} printed what `slate schema {name}` does not allow: {problems}"
        kind = kind_of(name, found)
        seen.append((name, kind))
        ends = "summary" in found or kind == "Failure"
        assert ends or not OUTPUTS[name].lines or number < len(lines) - 1, f"{said}: the last line has no summary"


def kind_of(name: str, found: Any) -> str:
    """Return which of a command's kinds a document is of; AssertionError for none and for two."""
    schema = validator(name).schema
    kinds = [each["$ref"].rpartition("/")[2] for each in schema.get("oneOf", [schema])]
    (kind,) = [k for k in kinds if validator(name).evolve(schema={"$defs": schema["$defs"], **_ref(k)}).is_valid(found)]
    return str(kind)


def _ref(kind: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{kind}"}


def _reasons(name: str, found: Any) -> list[Any]:
    """Return why a document is refused: of several kinds, what keeps it from being the nearest."""
    reasons = []
    for error in validator(name).iter_errors(found):
        nearest = min(
            (
                [e for e in error.context if e.schema_path[0] == kind]
                for kind in {e.schema_path[0] for e in error.context}
            ),
            key=len,
            default=[error],
        )
        reasons += nearest
    return reasons


def watch_processes() -> Callable[[], None]:
    """Check every `slate … --json` that a test runs as a process of its own. Return what ends that."""
    real = subprocess.Popen.communicate

    def communicate(self: subprocess.Popen[Any], *given: Any, **more: Any) -> tuple[Any, Any]:
        out, err = real(self, *given, **more)
        arguments = slate_arguments(self.args)
        if arguments is not None and out is not None:
            check(arguments, self.returncode, _text(out), _text(err or ""))
        return out, err

    subprocess.Popen.communicate = communicate  # type: ignore[method-assign]

    def leave() -> None:
        subprocess.Popen.communicate = real  # type: ignore[method-assign]

    return leave


def slate_arguments(command: Any) -> list[str] | None:
    """Return what follows `slate` in a command line, None where another program is run."""
    words = [os.fsdecode(word) for word in command] if isinstance(command, list | tuple) else []
    for number, word in enumerate(words):
        if os.path.basename(word) == "slate" or "slate_pg.cli import" in word or word == "slate_pg":
            return words[number + 1 :]
    return None


def _text(output: str | bytes) -> str:
    return output if isinstance(output, str) else output.decode("utf-8", "replace")
