"""Runs changed repeatable files in one transaction, in the order in which the server says that they depend.

Works in the transaction of whoever calls, which ends it; writes. What is taken down is put back before it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from slate_pg.errors import MigrationFailed, Where
from slate_pg.migrations.repeatable.items import DROP, NOTE, RELATION, SETTING, Item, Name
from slate_pg.migrations.repeatable.objects import OPTIONS, UNDEFINED, Address, Objects
from slate_pg.migrations.repeatable.records import Made, read_made
from slate_pg.migrations.repeatable.tasks import Failed, Task, guess, is_among, known, refuse_twice, stuck
from slate_pg.postgres.connection import Connection, forget, send

# What the server says where OR REPLACE cannot, or where there is none and the object is there.
_CONFLICT = ("42P16", "42P13", "42809", "42710", "42P07", "42723", "0A000", "2BP01")
_SET_OPTION = (
    "SELECT format('ALTER %%s %%s SET (%%I = %%L)', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, "
    "oid::regclass, %s::text, %s::text) FROM pg_catalog.pg_class WHERE oid = %s"
)
_COLUMNS = (
    "SELECT attname, atttypid::bigint, atttypmod FROM pg_catalog.pg_attribute WHERE attrelid = %s AND attnum > 0 "
    "AND NOT attisdropped ORDER BY attnum"
)


@dataclass
class Engine:
    """One run: what to send first, and again behind each file; the files that stay as they are; and what came of it.

    `schemas` are those in which the files may make something. `steps` are the statements in the end, each with the
    file it is of, `refilled` what was filled again, with rows and bytes as the catalog has them, `existing` what files
    without a former text have found of their objects, as text, `made` what each defines.
    """

    connection: Connection
    opening: Sequence[str]
    schemas: Sequence[str]
    others: Sequence[Task] = ()
    started: Callable[[str], None] = lambda name: None
    objects: Objects = field(init=False)
    steps: list[tuple[Task | None, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refilled: dict[str, tuple[int, int]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    existing: dict[str, str] = field(default_factory=dict)
    made: dict[str, list[Made]] = field(default_factory=dict)
    _forced: set[Name] = field(default_factory=set)
    _columns: dict[Name, list[tuple[object, ...]]] = field(default_factory=dict)
    _owners: dict[str, tuple[Task, Item]] = field(default_factory=dict)

    def run(self, tasks: Sequence[Task]) -> None:
        """Run the files, and those that depend on what they change. Failed, MigrationFailed, FileError. Writes."""
        chosen = {task.name: task for task in tasks}
        refuse_twice([*chosen.values(), *(o for o in self.others if o.name not in chosen)], self.schemas[0])
        self.existing = {t.name: text for t in tasks if t.former is None and (text := self._existing(t))}
        self._owners = self._find_owners([o for o in self.others if o.name not in chosen])
        order = guess(list(chosen.values()))
        send(self.connection, "SAVEPOINT slate_repeatable")
        for _ in range(2 * len(chosen) + 2 * len(self.others) + 2):
            done = self._attempt(order)
            more = self._more(chosen)
            chosen |= more
            wanted = guess([*done, *more.values()], self._edges(done))
            if not more and [t.name for t in wanted] == [t.name for t in done]:
                break
            order = wanted
            send(self.connection, "ROLLBACK TO SAVEPOINT slate_repeatable")
        self.refilled |= {t.label: (t.rows, t.size) for t in self.objects.down.values() if t.size is not None}
        self._note(None, self.objects.put_back)
        self.order = [task.name for task in done]
        self.made = self._made(done)

    def _attempt(self, order: Sequence[Task]) -> list[Task]:
        """Run files, each that lacks something behind the others; return them in the order they ran. Writes."""
        self.objects, self.steps, self.warnings = Objects(self.connection), [], []
        self.refilled.clear()
        self._columns.clear()
        self._opened()
        defined = {self._known(i.defines) for task in (*order, *self.others) for i in task.items if i.defines}
        for task in order:
            self._note(task, lambda task=task: self._forget(task))  # type: ignore[misc]
        former = {i.defines for task in order for i in task.former_items if i.defines}
        gone = [a for n in former if self._known(n) not in defined and (a := self.objects.find(n))]
        self._note(None, lambda: self.objects.take_down(gone, for_good=True))
        waiting, done = list(order), []
        while waiting:
            left: list[tuple[Task, Failed]] = []
            for task in waiting:
                failure = self._try(task, defined, last=len(waiting) == 1)
                if failure:
                    left.append((task, failure))
                else:
                    done.append(task)
            if len(left) == len(waiting):
                raise stuck(left)
            waiting = [task for task, _ in left]
        return done

    def _try(self, task: Task, defined: set[Name], last: bool) -> Failed | None:
        """Run one file; return the failure, and leave nothing of it, where an object is lacking."""
        kept = len(self.steps), dict(self.objects.down), dict(self.refilled)
        send(self.connection, "SAVEPOINT slate_file")
        self.started(task.name)
        try:
            for item in task.items:
                self._note(task, lambda item=item: self._run(task, item, defined))  # type: ignore[misc]
            self._note(task, self._opened)
        except Failed as failure:
            if failure.error.sqlstate not in UNDEFINED or last:
                raise
            send(self.connection, "ROLLBACK TO SAVEPOINT slate_file")
            del self.steps[kept[0] :]
            self.objects.down, self.refilled = kept[1], kept[2]
            self.objects.sent.clear()
            return failure
        send(self.connection, "RELEASE SAVEPOINT slate_file")
        return None

    def _note(self, task: Task | None, run: Callable[[], object]) -> None:
        """Run something, and note what it has sent."""
        run()
        self.steps += [(task, statement) for statement in self.objects.sent]
        self.objects.sent.clear()

    def _opened(self) -> None:
        """Begin a file: whatever another has set is forgotten."""
        self.objects.send("; ".join([forget(self.connection), *self.opening]))

    def _forget(self, task: Task) -> None:
        """Take back what the former text said and the new one does not: grants, comments, owners. Writes."""
        texts = {item.plain for item in task.items}
        subjects = {item.subject for item in task.items if item.subject}
        for item in task.former_items:
            if item.kind != NOTE or item.plain in texts or item.subject in subjects:
                continue
            if item.undo:
                self.objects.leniently(item.undo)
            elif item.statement.words[:1] == ("REVOKE",):
                self.warnings.append(
                    f"{task.name} has no longer `{item.plain}`: what that took away stays away, say GRANT to give it"
                )

    def _known(self, name: Name) -> Name:
        return known(name, self.schemas[0])

    def _run(self, task: Task, item: Item, defined: set[Name]) -> None:
        """Run one statement. Failed says where it stands. Writes."""
        if item.kind == DROP:
            names = [n for n in item.names if not is_among(self._known(n), defined)]
            self.objects.take_down([a for n in names if (a := self.objects.find(n))], for_good=True)
        elif item.kind in (NOTE, SETTING):
            self._send(task, item)
        else:
            self._define(task, item, item.names[0])

    def _define(self, task: Task, item: Item, name: Name) -> None:
        before = self.objects.find(name)
        if before and item.kind == RELATION and name not in self._columns:
            self._columns[name] = self._columns_of(before)
        options = dict(self.connection.execute(OPTIONS, [before[1]]).fetchall()) if before and item.is_view else {}
        if before and not item.replaceable:
            if item.plain in task.former_texts and name not in self._forced:
                return
            self._anew(task, item, before)
        elif before:
            send(self.connection, "SAVEPOINT slate_item")
            try:
                self._send(task, item)
            except Failed as failure:
                if failure.error.sqlstate not in _CONFLICT:
                    raise
                send(self.connection, "ROLLBACK TO SAVEPOINT slate_item")
                self._anew(task, item, before)
            send(self.connection, "RELEASE SAVEPOINT slate_item")
        else:
            self._send(task, item)
        self._settle(task, item, name, options)

    def _anew(self, task: Task, item: Item, before: Address) -> None:
        """Take down what is there, with all that depends on it, and define it anew. Writes."""
        self.objects.take_down([before])
        self._send(task, item)

    def _settle(self, task: Task, item: Item, name: Name, options: Mapping[str, str]) -> None:
        """Give what was defined what was said of it by others, and refuse what lies elsewhere. Writes."""
        now = self.objects.find(name)
        if now is None:  # a parameter of a column's type, which no look-up understands
            return
        label, schema = self.objects.label(now)
        if schema not in self.schemas:
            where = task.script.place(item.statement.start)
            said = f"{label} is outside of {', '.join(self.schemas)}"
            raise MigrationFailed(
                f"{task.script.path}:{where.line}: {said}",
                hint="Nothing of this step was done. A repeatable file makes objects in its own schema, or in one "
                "that the product's migrations have made: what lies elsewhere is for a versioned migration.",
                where=Where(str(task.script.path), where.line, where.column, said),
            )
        taken = self.objects.down.get(label)
        if taken and taken.size is not None:
            self.refilled[label] = taken.rows, taken.size
        self.objects.restore(label, now)
        self._keep_options(task, now, options or (taken.options if taken else {}))

    def _keep_options(self, task: Task, now: Address, before: Mapping[str, str]) -> None:
        """Keep a view's options that no text of the file speaks of: somebody else has set them. Writes."""
        if not before:
            return
        after = dict(self.connection.execute(OPTIONS, [now[1]]).fetchall())
        spoken = f"{task.script.text} {task.former or ''}".lower()
        lost = {n: v for n, v in before.items() if n not in after and n not in spoken and n != "check_option"}
        for option, value in lost.items():
            row = self.connection.execute(_SET_OPTION, [option, value, now[1]]).fetchone()
            self.objects.send(row[0])  # type: ignore[index]

    def _send(self, task: Task, item: Item) -> None:
        text, put_in = item.replacing
        try:
            self.objects.send(text.rstrip().removesuffix(";"))
        except psycopg.Error as error:
            position = int(error.diag.statement_position or 0)
            at = max(position - 1, 0)
            at -= len("OR REPLACE ") if put_in >= 0 and at > put_in else 0
            raise Failed(error, item.statement.start + at, position > 0, task) from error

    def _made(self, tasks: Sequence[Task]) -> dict[str, list[Made]]:
        """Return by file the addresses of what it defines. Reads only."""
        there = dict(read_made(self.connection, self.schemas[0], self.schemas))
        found = {t.name: [self.objects.find(i.defines) for i in t.items if i.defines] for t in tasks}
        return {name: [there[a] for a in every if a in there] for name, every in found.items()}

    def _existing(self, task: Task) -> str:
        """Return as text what is there of the objects that a file defines. Reads only."""
        objects = Objects(self.connection)
        found = [a for i in task.items if i.defines and (a := objects.find(i.defines))]
        return "".join(f"{statement};\n" for statement in objects.definitions(found))

    def _columns_of(self, address: Address) -> list[tuple[object, ...]]:
        return self.connection.execute(_COLUMNS, [address[1]]).fetchall()

    def _find_owners(self, others: Sequence[Task]) -> dict[str, tuple[Task, Item]]:
        """Return by label which file, of those that stay as they are, an object is of, and where. Reads only."""
        objects = Objects(self.connection)
        found = [(o, i, objects.find(i.defines)) for o in others for i in o.items if i.defines]
        return {objects.label(address)[0]: (other, item) for other, item, address in found if address}

    def _more(self, chosen: Mapping[str, Task]) -> dict[str, Task]:
        """Return the files to be run too: those whose views show all columns of what was taken down or has others."""
        down = [owner for label in self.objects.down if (owner := self._owners.get(label)) and owner[1].selects_all]
        changed = [
            now
            for name, columns in self._columns.items()
            if (now := self.objects.find(name)) and self._columns_of(now) != columns
        ]
        for _, _, label, kind, _ in self.objects.dependents(changed) if changed else ():
            owner = self._owners.get(label) if kind == RELATION else None
            if owner and owner[1].selects_all:
                self._forced.add(owner[1].names[0])
                down.append(owner)
        return {task.name: task for task, _ in down if task.name not in chosen}

    def _edges(self, tasks: Sequence[Task]) -> dict[str, set[str]]:
        """Return by file which others define what it depends on, as the catalog says. Reads only."""
        owners = {a: t.name for t in tasks for i in t.items if i.defines and (a := self.objects.find(i.defines))}
        found: dict[str, set[str]] = {task.name: set() for task in tasks}
        for of, address, _, _, _ in self.objects.dependents(list(owners)) if owners else ():
            if address in owners and owners[address] != owners[of]:
                found[owners[address]].add(owners[of])
        return found
