"""Who is tried, and what an independent rule says about each: read from <name>.access.toml, beside the tests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from slate_pg.errors import Misuse, did_you_mean

_KEYS = ("product", "role", "setting", "seeds", "tables", "named_by", "shared", "common", "secret", "people")
_PERSON = ("id", "role", "circle", "also")


@dataclass(frozen=True)
class Person:
    """One kind of person: what app.user_id says (None: nothing), the role, and whose rows may ever be in reach.

    `circle` has ids, or patterns of ids ("S00?"); "*" is everybody's, for a back end. Empty: nobody, who sees and
    writes nothing that is not shared. `also` widens it for single relations: {"enrollments": ("S008",)}.
    """

    id: str | None = None
    circle: tuple[str, ...] = ()
    role: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def trusted(self) -> bool:
        """Whether every row is in reach by intention: a back end, a report."""
        return "*" in self.circle

    def knows(self, owner: str, entry: str = "") -> bool:
        """Return whether a row about this owner may be in reach, in this relation. Pure."""
        return any(owner == one or fnmatchcase(owner, one) for one in (*self.circle, *self.also.get(entry, ())))


@dataclass(frozen=True)
class World:
    """A schema's people, and where they stand in it.

    `tables` are those whose rows are people; `named_by` columns that name a person without a foreign key; `shared`
    relations anybody may read, `common` those that anybody but a nobody may; `secret` columns
    ("users.password_hash") nobody but a back end reads.
    """

    schema: str
    people: dict[str, Person]
    role: str
    setting: str = "app.user_id"
    seeds: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()

    def role_of(self, person: Person) -> str:
        """Return the role a person acts in."""
        return person.role or self.role


def read_world(path: Path) -> World:
    """Return what a file says; Misuse with file and key where it says what nobody knows. Reads only."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path.name} is no TOML: {error}") from None
    _check(said, _KEYS, path.name)
    product = str(said.get("product", path.name.partition(".")[0]))
    people = {name: _person(name, one, path.name) for name, one in said.get("people", {}).items()}
    if not people:
        raise Misuse(f"{path.name} names nobody", hint='Add [people], such as ann = { id = "1", circle = ["1"] }.')
    lists = {k: tuple(said.get(k, ())) for k in ("seeds", "tables", "named_by", "shared", "common", "secret")}
    role = str(said.get("role", f"{product}_people"))
    return World(product, people, role, str(said.get("setting", "app.user_id")), **lists)


def _person(name: str, said: dict[str, Any], file: str) -> Person:
    _check(said, _PERSON, f"{file}, {name}")
    mine = said.get("id")
    also = {relation: tuple(ids) for relation, ids in said.get("also", {}).items()}
    circle = tuple(map(str, said.get("circle", ())))
    return Person(None if mine is None else str(mine), circle, said.get("role", ""), also)


def _check(said: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in said:
        if key not in known:
            raise Misuse(f'{where}: unknown key "{key}"', hint=did_you_mean(key, known))
