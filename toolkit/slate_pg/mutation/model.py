"""What a mutant is, and what became of it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.catalog.model import Catalog, Facts

LEAK, WRONG_WRITE, REFUSAL, SPEED, OTHER = "leak", "wrong write", "refusal", "speed", "other"
KILLED, RULES, EQUIVALENT, INVALID, SURVIVED = "killed", "rules", "equivalent", "invalid", "survived"
ADDED = "grant added"
OPEN = "open"  # passed the likely tests; the others have not been asked


@dataclass(frozen=True)
class Mutant:
    """One fault: the statements that make it, what tests would call its object, and the test that would notice.

    `names` are plain names, the most telling first; `table` is what it hangs on, for tests that killed its like. `harm`
    says what a database with this fault would do: leak, write what is wrong, refuse what is right, be slow. `reach`
    is a query of who may do what; where its answer stays the same, another guard stands before the fault.
    """

    kind: str
    object: str
    statements: tuple[str, ...]
    missing: str
    harm: str
    names: tuple[str, ...] = ()
    table: str = ""
    detail: str = ""
    reach: str = ""

    @property
    def key(self) -> str:
        """What it is known by in the journal: the same fault of the same object has the same key in every run."""
        said = "\0".join((self.kind, self.object, self.detail, *self.statements))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """The fault in a line."""
        return f"{self.kind}: {self.object}" + (f" ({self.detail})" if self.detail else "")

    @property
    def fields(self) -> dict[str, Any]:
        """What JSON holds."""
        return asdict(self)

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any]) -> Mutant:
        """Return the mutant of these fields."""
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        return cls(**given)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the verdict, the test or rule that killed it or why it is none, and seconds it took."""

    verdict: str
    by: str = ""
    said: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class World:
    """What mutants are made of: the catalog of a schema, and its functions as the server prints them."""

    catalog: Catalog
    functions: Mapping[Identity, str] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """The facts without the leaves of periods."""
        return self.catalog.facts

    def of_kind(self, *kinds: str) -> Iterator[tuple[Identity, dict[str, Any]]]:
        """Yield the objects of these kinds in the order of their sentences."""
        for identity in sorted((i for i in self.facts if i.kind in kinds), key=str):
            yield identity, self.facts[identity]

    def keep_comment(self, identity: Identity) -> tuple[str, ...]:
        """Return the statement that gives a constraint or index made anew the comment that it had."""
        said = self.facts.get(Identity("comment", on=identity), {}).get("text")
        if said is None:
            return ()
        what = f"INDEX {identity.qualified}"
        if identity.kind == "constraint" and identity.on:
            domain = "DOMAIN " if identity.on.kind == "domain" else ""
            what = f"CONSTRAINT {quote(identity.name)} ON {domain}{identity.on.qualified}"
        return (f"COMMENT ON {what} IS {literal(said)}",)

    @cached_property
    def people(self) -> list[str]:
        """The roles, in order, that have a right on some relation of the schema."""
        kinds = ("table", "view", "materialized view", "column")
        return sorted(
            {i.name for i in self.facts if i.kind == "grant" and i.on and i.on.kind in kinds} - {"", "public"}
        )


def literal(text: str) -> str:
    """Return text as SQL that reads the same whatever standard_conforming_strings says."""
    doubled = text.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in text else f"'{doubled}'"


def without_twins(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Return the mutants in a fixed order, each set of statements once."""
    found: dict[tuple[str, ...], Mutant] = {}
    for mutant in mutants:
        found.setdefault(mutant.statements, mutant)
    return sorted(found.values(), key=lambda m: (m.object, m.kind, m.detail, m.statements))
