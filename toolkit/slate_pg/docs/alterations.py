"""What the difference of two states is made of, as values: a part of the model of documentation. Pure.

Texts are as the catalog and the files have them, unescaped; what is unknown is an empty text or an empty tuple.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attribute:
    """One attribute of an object that differs; `before` and `after` are empty where there is none."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Change:
    """One object that differs: "added", "removed" or "changed".

    An added or removed one is described in `after` or `before`; of a changed one there are `attributes`. `severity` is
    "security", "integrity", "performance" or "cosmetic".
    """

    how: str
    object: str
    product: str = ""
    before: str = ""
    after: str = ""
    severity: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class AccessChange:
    """What one role may do with one table otherwise than before, `how`: "more", "less" or "otherwise".

    `before` and `after` are what it may, in words; `because` the grants and policies that differ.
    """

    how: str
    role: str
    schema: str
    table: str
    product: str = ""
    before: str = ""
    after: str = ""
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Altered:
    """One migration, table or foreign key of the two states: "added", "removed", "changed" or, beside one, "same".

    `name` is the key's or the migration's; a key's `table` points to `target` with `columns`.
    """

    how: str
    product: str = ""
    name: str = ""
    schema: str = ""
    table: str = ""
    target_schema: str = ""
    target: str = ""
    columns: str = ""
    optional: bool = False
    says: str = ""


@dataclass(frozen=True)
class Diff:
    """Two states compared: their names, what differs, and `notes` on what was not compared."""

    before: str
    after: str
    changes: tuple[Change, ...] = ()
    access: tuple[AccessChange, ...] = ()
    migrations: tuple[Altered, ...] = ()
    tables: tuple[Altered, ...] = ()
    keys: tuple[Altered, ...] = ()
    notes: tuple[str, ...] = ()
