"""The matrix: every relation and function × every person × every command, tried, judged, and written as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from slate_pg.cluster.access import Access, read_access, sentence
from slate_pg.postgres.connection import Connection
from slate_pg.testing.access.acting import Attempt, acting
from slate_pg.testing.access.calls import try_execute
from slate_pg.testing.access.inserts import try_insert
from slate_pg.testing.access.people import Person, World
from slate_pg.testing.access.picture import Picture, Relation
from slate_pg.testing.access.rows import Tried

WRITES = ("insert", "update", "delete", "execute")


@dataclass
class Entry:
    """What was found for one relation or function: its lines of the table, leaks, wrong writes, cells tried."""

    name: str
    lines: list[str]
    leaks: list[str] = field(default_factory=list)
    wrong_writes: list[str] = field(default_factory=list)
    cells: int = 0

    @property
    def text(self) -> str:
        """The lines as they stand in the table."""
        return "\n".join([self.name, *self.lines])


class Matrix:
    """The matrix of a schema, over a connection that row security does not bind. Everything tried is undone."""

    def __init__(self, connection: Connection, world: World) -> None:
        self.picture = Picture(connection, world)
        self.world = world

    @cached_property
    def _granted(self) -> list[Access]:
        return read_access(self.picture.connection, [self.world.schema])

    @property
    def names(self) -> list[str]:
        """Every entry: relations, partitions under their root's name, functions."""
        relations = dict.fromkeys(r.entry for r in self.picture.relations.values())
        return [*sorted(relations), *self.picture.functions]

    def entry(self, name: str) -> Entry:
        """Try everything for one entry; KeyError for a name that is none."""
        _ = self.picture.everybody  # read before anybody acts: a person would find the own row alone
        entry = Entry(name, [])
        found: dict[str, dict[str, str]] = {}
        for who, person in self.world.people.items():
            attempts = self._attempts(name, person)
            for attempt in attempts:
                entry.cells += attempt.cells
                faults = (
                    entry.leaks if attempt.verb == "select" or name in self.picture.functions else entry.wrong_writes
                )
                faults += [f"{who} {fault}" for fault in attempt.wrong]
            said = ", ".join(a.text for a in attempts if a.text) or "nothing"
            found.setdefault(self.world.role_of(person), {})[who] = said
        entry.leaks += self._secrets(name)
        entry.lines = list(self._lines(name, found))
        return entry

    def entries(self) -> Iterator[Entry]:
        """Try everything."""
        yield from map(self.entry, self.names)

    def _attempts(self, name: str, person: Person) -> list[Attempt]:
        if name in self.picture.functions:
            return [try_execute(self.picture, self.picture.functions[name], person)]
        parts = [r for r in self.picture.relations.values() if r.entry == name]
        if not parts:
            raise KeyError(name)
        each = [self._relation(part, person) for part in parts]
        whole = each[0]
        for others in each[1:]:
            whole = [a.add(b) for a, b in zip(whole, others, strict=True)]
        return whole

    def _relation(self, relation: Relation, person: Person) -> list[Attempt]:
        self.picture.read_all(relation)
        with acting(self.picture, person):
            tried = Tried(self.picture, relation, person)
            select, update, delete = tried.select(), tried.update(), tried.delete()
        return [select, try_insert(self.picture, relation, person), update, delete]

    def _secrets(self, name: str) -> Iterator[str]:
        """Yield who may read a column that is said to be secret."""
        for table, column in (s.split(".", 1) for s in self.world.secret):
            for part in (r for r in self.picture.relations.values() if table == (r.root or r.name) and r.entry == name):
                for who, person in self.world.people.items():
                    allowed = self.picture.allowed(part, self.world.role_of(person))
                    if not person.role.endswith("_service") and column in allowed.get("SELECT", []):
                        yield f"{who} may read {part.name}.{column}, which is secret"

    def _lines(self, name: str, found: dict[str, dict[str, str]]) -> Iterator[str]:
        words = {
            a.role: sentence(a) for a in read_access(self.picture.connection, [self.world.schema]) if a.table == name
        }
        told = {role: said for role, said in found.items() if role in words or set(said.values()) != {"nothing"}}
        if not told:
            yield "  everybody: nothing"
        for role, said in told.items():
            yield f"  {role}: {words[role]}" if role in words else f"  {role}"
            for what in dict.fromkeys(said.values()):
                yield f"    {', '.join(w for w, s in said.items() if s == what)}: {what}"
