"""What is counted, as values: items with the counters that belong to them, and what a run of tests counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SCHEMA = "slate_coverage"
_NEVER = {"trigger": "never fired", "constraint": "never refused", "privilege": "never used", "denial": "never tried"}


@dataclass(frozen=True)
class Item:
    """One thing that a run of tests may reach or not.

    `kind` is statement, branch, trigger, policy or check (an operand of one), constraint, privilege or denial. `line`
    counts from 1 in the object's body, 0 where it has none; `file` and `at` are the migration that has it and the line
    there, empty and 0 where no migration does. `counters` are the numbers of its counters: of an operand those of true,
    false and NULL, of what the driver tells none.
    """

    schema: str
    object: str
    kind: str
    said: str
    line: int = 0
    counters: tuple[int, ...] = ()
    file: str = ""
    at: int = 0


@dataclass(frozen=True)
class Unmeasured:
    """An object in which nothing is counted, and why."""

    schema: str
    object: str
    why: str


@dataclass(frozen=True)
class Key:
    """How the server names what refused a row: a constraint, or the column that is NOT NULL; the other is empty."""

    schema: str
    table: str
    constraint: str = ""
    column: str = ""


@dataclass(frozen=True)
class Access:
    """One relation or function that a statement needs a privilege on; no `schema` where the search path says it."""

    verb: str
    schema: str
    table: str


@dataclass(frozen=True)
class Act:
    """What a role did with a relation, or was denied; `path` are the schemas that plain names were looked for in."""

    role: str
    path: tuple[str, ...]
    access: Access
    denied: bool


@dataclass(frozen=True)
class Use:
    """A function that is called by whoever does what one of the `verbs` says with a relation; no `roles` are all."""

    verbs: str
    roles: list[str]
    schema: str
    function: str


@dataclass(frozen=True)
class Privileges:
    """Each privilege, granted or not, by schema, table or function, verb, role; and the roles whose rights a role has.

    `uses` are the functions that policies, views, defaults and CHECKs of a relation call, by its schema and name.
    """

    items: dict[tuple[str, str, str, str], Item]
    members: dict[str, list[str]]
    uses: dict[tuple[str, str], list[Use]] = field(default_factory=dict)

    def of(self, act: Act) -> Iterator[Item]:
        """Yield the items that an act has reached."""
        schemas = (act.access.schema,) if act.access.schema else act.path
        roles = self.members.get(act.role, [act.role])
        for role in roles:
            yield from self._of(schemas, act.access.table, act.access.verb, role, act.denied)
        relation = next((s for s in schemas if (s, act.access.table) in self.uses), "")
        for use in self.uses.get((relation, act.access.table), ()) if not act.denied else ():
            if act.access.verb in use.verbs.split() and (not use.roles or not set(use.roles).isdisjoint(roles)):
                for role in roles:
                    yield from self._of((use.schema,), use.function, "EXECUTE", role, False)

    def _of(self, schemas: Sequence[str], name: str, verb: str, role: str, denied: bool) -> Iterator[Item]:
        """Yield the item of the first schema that has one, where it is of that kind."""
        keys = ((schema, name, verb, role) for schema in schemas)
        item = next((self.items[key] for key in keys if key in self.items), None)
        if item and item.kind == ("denial" if denied else "privilege"):
            yield item


@dataclass(frozen=True)
class Plan:
    """What is counted in one database, what could not be, and which item the server means by a name."""

    items: tuple[Item, ...]
    unmeasured: tuple[Unmeasured, ...] = ()
    refusing: Mapping[Key, Item] = field(default_factory=dict)
    privileges: Privileges | None = None


@dataclass(frozen=True)
class Measured:
    """An item and what its counters say, one by one."""

    item: Item
    counts: tuple[int, ...]

    @property
    def reached(self) -> bool:
        """Whether tests reached it: it ran, fired or refused; an operand once held and once did not."""
        return not self.wanting

    @property
    def wanting(self) -> str:
        """What of it no test has shown, in two or three words; nothing where it was reached."""
        if len(self.counts) < 3:
            return "" if any(self.counts) else _NEVER.get(self.item.kind, "never ran")
        yes, no, null = self.counts
        # NULL hides a row from people; a CHECK lets it pass.
        refused = no + null if self.item.kind == "policy" else no
        return "" if yes and refused else "never refused" if yes else "never held" if refused else "never evaluated"
