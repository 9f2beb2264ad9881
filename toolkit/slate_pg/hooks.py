"""What [tool.slate.hooks] may say: what runs before and behind an apply or a rollback, and where one fails.

Pure. Who runs them is for migrations.telling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slate_pg.errors import Misuse, did_you_mean

if TYPE_CHECKING:
    from slate_pg.commands import Command

HOOKS = ("before_apply", "after_apply", "before_rollback", "after_rollback", "on_failure")
SECONDS = 300.0
_HINT = 'As in before_apply = "./announce", ["./announce", "--now"] or { sql = "SELECT …" }.'


@dataclass(frozen=True)
class Hook:
    """One hook: its name, and a command or the SQL that it is; one of the two is None."""

    name: str
    command: Command | None = None
    sql: str | None = None


@dataclass(frozen=True)
class Hooks:
    """The hooks of a project, the folder in which commands run, and how long one may take, in seconds."""

    each: tuple[Hook, ...] = ()
    folder: Path = field(default_factory=Path)
    seconds: float = SECONDS

    def find(self, name: str) -> Hook | None:
        """Return the hook of a name, None where the project has none."""
        return next((hook for hook in self.each if hook.name == name), None)


def read_hooks(table: Mapping[str, Any], folder: Path) -> Hooks:
    """Return the hooks that a project says. Misuse names what is none."""
    found: list[Hook] = []
    seconds = SECONDS
    for name, value in table.items():
        where = f"[tool.slate.hooks] {name}"
        if name == "timeout":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise Misuse(f"{where} takes a number of seconds above 0, not {value!r}", hint="As in timeout = 60.")
            seconds = float(value)
        elif name in HOOKS:
            found.append(_read(where, name, value))
        else:
            raise Misuse(f'[tool.slate.hooks] has no "{name}"', hint=did_you_mean(name, (*HOOKS, "timeout")))
    return Hooks(tuple(found), folder, seconds)


def _read(where: str, name: str, value: Any) -> Hook:
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return Hook(name, command=value)
    if _is_words(value):
        return Hook(name, command=tuple(value))
    if isinstance(value, Mapping) and set(value) == {"sql"} and isinstance(value["sql"], str) and value["sql"].strip():
        return Hook(name, sql=value["sql"])
    raise Misuse(f"{where} takes a command or SQL, not {value!r}", hint=_HINT)


def _is_words(value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return False
    return all(isinstance(word, str) and "\0" not in word for word in value) and bool(value[0].strip())
