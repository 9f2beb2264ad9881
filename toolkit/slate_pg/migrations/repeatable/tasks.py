"""What is run of repeatable files, and in which order: as the server says, else as their texts name each other.

Pure. Running is for engine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import psycopg

from slate_pg.errors import MigrationFailed
from slate_pg.migrations.repeatable.items import ANY, Item, Name, read_items
from slate_pg.migrations.script import Script
from slate_pg.postgres.connection import ScriptFailed


@dataclass(frozen=True)
class Task:
    """A file to run, and the text that was run before it, None where there was none. No script: all of it goes."""

    name: str
    script: Script
    former: str | None = None

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """What the file says. FileError for what does not belong into one."""
        return read_items(self.script)

    @cached_property
    def former_items(self) -> tuple[Item, ...]:
        """What it said before."""
        return read_items(replace(self.script, text=self.former)) if self.former else ()

    @cached_property
    def former_texts(self) -> frozenset[str]:
        """The statements of before, without comments."""
        return frozenset(item.plain for item in self.former_items)


class Failed(ScriptFailed):
    """A statement of a file failed; `task` says which file."""

    def __init__(self, error: psycopg.Error, offset: int, exact: bool, task: Task) -> None:
        super().__init__(error, offset, exact)
        self.task = task


def guess(tasks: Sequence[Task], edges: Mapping[str, set[str]] | None = None) -> list[Task]:
    """Return files in the order of what they need: as the catalog says, else as their texts name each other. Pure.

    Where they need each other in a circle the first by name stands first: running them shows who is wrong.
    """
    needs = _mentions(tasks) if edges is None else {t.name: set(edges.get(t.name, ())) for t in tasks}
    waiting, order = list(tasks) if edges else sorted(tasks, key=lambda t: t.name), []
    while waiting:
        left = {task.name for task in waiting}
        task = next((t for t in waiting if not needs[t.name] & (left - {t.name})), waiting[0])
        waiting.remove(task)
        order.append(task)
    return order


def _mentions(tasks: Sequence[Task]) -> dict[str, set[str]]:
    names = {t.name: {i.defines.name.lower() for i in t.items if i.defines} for t in tasks}
    texts = {t.name: t.script.text.lower() for t in tasks}
    return {
        t.name: {o for o in names if o != t.name and any(name in texts[t.name] for name in names[o])} for t in tasks
    }


def known(name: Name, own: str) -> Name:
    """Return a name with the schema that it means where it says none. Pure."""
    on = (name.on[0] or own, name.on[1]) if name.on[1] else name.on
    return replace(name, schema=name.schema or own, on=on)


def is_among(name: Name, defined: Collection[Name]) -> bool:
    """Tell whether files define what a name means; of a routine without its arguments, one of that name. Pure."""
    if name.types != ANY:
        return name in defined
    return any((d.group, d.schema, d.name) == (name.group, name.schema, name.name) for d in defined)


def refuse_twice(tasks: Sequence[Task], own: str) -> None:
    """MigrationFailed where two files define one object: which would win is chance. Pure."""
    seen: dict[Name, Task] = {}
    for task in tasks:
        for name in (known(i.defines, own) for i in task.items if i.defines):
            if other := seen.get(name):
                raise MigrationFailed(
                    f"{task.script.path} and {other.script.path} both define {name}",
                    hint="Nothing of this step was done. Leave it in one of them.",
                )
            seen[name] = task


def stuck(left: Sequence[tuple[Task, Failed]]) -> MigrationFailed | Failed:
    """Return the error for files of which none can run: the one that lacks what no other gives, or a circle. Pure."""
    names = {t.name: {i.defines.name for i in t.items if i.defines} for t, _ in left}
    waits = {
        t.name: {o for o, defined in names.items() if o != t.name and any(_names(f.error, n) for n in defined)}
        for t, f in left
    }
    alone = next((failure for task, failure in left if not waits[task.name]), None)
    if alone:
        return alone
    return MigrationFailed(
        f"{' and '.join(sorted(waits))} need each other",
        detail=[f"  {t.script.path}: {f.error.diag.message_primary}" for t, f in left],
        hint="Nothing of this step was done. Split one of the files: what the other needs into a file of its own.",
    )


def _names(error: psycopg.Error, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error.diag.message_primary or "") is not None
