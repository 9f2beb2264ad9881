"""What documentation is made of: products, their tables and all that hangs on them, as values. Pure, no database.

Texts are as the catalog and the files have them, unescaped; names are unquoted. What is unknown is an empty text or an
empty tuple.
"""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.docs.alterations import Diff

VERSION = 1  # of schema.json: raised where a field is taken away or means something else


@dataclass(frozen=True)
class Column:
    """One column; `unit` is what its comment says of unit and range, `key` whether the primary key has it."""

    name: str
    type: str
    nullable: bool
    default: str = ""
    unit: str = ""
    says: str = ""
    key: bool = False


@dataclass(frozen=True)
class Constraint:
    """One constraint, its kind in SQL's words: "primary key", "unique", "check", "foreign key", "exclude"."""

    name: str
    kind: str
    definition: str
    says: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """One foreign key: whose it is, the columns, what they point to, and whether they may be NULL."""

    name: str
    schema: str
    table: str
    columns: tuple[str, ...]
    target_schema: str
    target: str
    target_columns: tuple[str, ...]
    optional: bool = False
    definition: str = ""


@dataclass(frozen=True)
class Part:
    """An index, a trigger or a rule: its name, its SQL, what it is for."""

    name: str
    definition: str
    says: str = ""


@dataclass(frozen=True)
class Policy:
    """One policy: the command it is about ("ALL" for each), whom, the two conditions, and whether it only restricts."""

    name: str
    command: str
    roles: tuple[str, ...]
    using: str = ""
    check: str = ""
    restrictive: bool = False
    says: str = ""


@dataclass(frozen=True)
class Use:
    """What uses a table: "query", "job", "trigger", "function", "policy" or "view", its name, and how, where known."""

    kind: str
    name: str
    says: str = ""


@dataclass(frozen=True)
class Access:
    """What one role may do with one table: a word a command, as `slate access` says them; grants and policies by name.

    A word is "all", "own rows", "columns", "own rows, columns", "as the tables", "by the view" or "none".
    """

    role: str
    select: str
    insert: str
    update: str
    delete: str
    grants: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table or view ("table", "view", "materialized view", "foreign table") with all that hangs on it.

    `made_by` and `changed_by` are ids of migrations; `definition` is a view's SQL.
    """

    schema: str
    name: str
    kind: str = "table"
    says: str = ""
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Part, ...] = ()
    triggers: tuple[Part, ...] = ()
    row_security: bool = False
    policies: tuple[Policy, ...] = ()
    access: tuple[Access, ...] = ()
    partitioned_by: str = ""
    partitions: tuple[str, ...] = ()
    definition: str = ""
    made_by: str = ""
    changed_by: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Function:
    """One function, procedure or aggregate."""

    schema: str
    name: str
    arguments: str
    result: str
    language: str
    body: str = ""
    says: str = ""
    definer: bool = False
    made_by: str = ""
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Enum:
    """One enum, domain or composite type: its labels, or its definition, and where it is used (qualified columns)."""

    schema: str
    name: str
    labels: tuple[str, ...] = ()
    definition: str = ""
    says: str = ""


@dataclass(frozen=True)
class Applied:
    """When and by whom one installation got a migration. Times are ISO 8601 in UTC."""

    where: str
    at: str
    by: str = ""
    ms: float = 0.0


@dataclass(frozen=True)
class Migration:
    """One migration: its id, its file, its header's three answers, its SQL, and where it is applied."""

    id: str
    path: str = ""
    why: str = ""
    locks: str = ""
    loses: str = ""
    depends: tuple[str, ...] = ()
    sql: str = ""
    rollback: str = ""
    applied: tuple[Applied, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """One error that a product raises: SQLSTATE, its text, the function or constraint that raises it."""

    sqlstate: str
    text: str
    raised_by: str = ""
    hint: str = ""


@dataclass(frozen=True)
class File:
    """One query or job: its name, what its header says (budget, schedule), and its SQL."""

    name: str
    says: str = ""
    detail: str = ""
    sql: str = ""


@dataclass(frozen=True)
class Product:
    """One product, or one schema of a database that has none."""

    name: str
    says: str = ""
    tables: tuple[Table, ...] = ()
    functions: tuple[Function, ...] = ()
    enums: tuple[Enum, ...] = ()
    migrations: tuple[Migration, ...] = ()
    errors: tuple[Refusal, ...] = ()
    queries: tuple[File, ...] = ()
    jobs: tuple[File, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One line of a section: what, its value, and whether it is well: "ok", "warning", "error"; empty for a figure."""

    what: str
    value: str
    state: str = "ok"


@dataclass(frozen=True)
class Section:
    """A titled part of the live page: facts, or a picture as SVG text of our own making, or both."""

    title: str
    says: str = ""
    facts: tuple[Fact, ...] = ()
    picture: str = ""


@dataclass(frozen=True)
class Site:
    """Everything a site shows. `source` says in a few words what was read."""

    title: str
    source: str = ""
    products: tuple[Product, ...] = ()
    live: tuple[Section, ...] = ()
    diff: Diff | None = None
