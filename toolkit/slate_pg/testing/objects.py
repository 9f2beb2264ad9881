"""What the catalog holds, one frozen record per kind of object, as the queries in sql/testing return them."""

from __future__ import annotations

from dataclasses import dataclass

from slate_pg.testing.names import quoted

KINDS = {
    "r": "table", "p": "table", "f": "foreign table", "v": "view", "m": "materialized view",
    "S": "sequence", "c": "composite type", "i": "index", "I": "index",
}  # fmt: skip
TABLES = ("table", "foreign table")
ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
MATCHES = {"s": "simple", "f": "full", "p": "partial"}


@dataclass(frozen=True)
class Relation:
    """A table, view, sequence, index or composite type."""

    oid: int
    schema: str
    name: str
    relkind: str
    owner: str
    row_security: bool
    forced: bool
    persistence: str
    is_partition: bool
    bound: str | None
    partition_key: str | None
    parents: list[int]
    options: list[str]
    comment: str

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return KINDS.get(self.relkind, self.relkind)

    @property
    def partitioned(self) -> bool:
        """True for the parent of partitions."""
        return self.relkind == "p"

    def __str__(self) -> str:
        return quoted(self.schema, self.name)


@dataclass(frozen=True)
class Column:
    """A column. `default` and `generated` are expressions, `null` is whether NULL is allowed."""

    relation: int
    name: str
    type: str
    null: bool
    default: str | None
    identity: str | None
    generated: str | None
    collation: str | None
    comment: str


@dataclass(frozen=True)
class Constraint:
    """A key, CHECK, exclusion or foreign key; `table`, `referenced` and the actions only on the last."""

    relation: int
    name: str
    kind: str
    columns: list[str]
    table: str | None
    referenced: list[str]
    on_delete: str
    on_update: str
    match: str
    deferrable: bool
    deferred: bool
    validated: bool
    definition: str
    expression: str | None


@dataclass(frozen=True)
class Index:
    """An index; `columns` holds names and expressions, `where` the predicate of a partial one."""

    relation: int
    name: str
    columns: list[str]
    include: list[str]
    unique: bool
    primary: bool
    valid: bool
    clustered: bool
    nulls_not_distinct: bool
    method: str
    where: str | None
    owner: str

    @property
    def definition(self) -> str:
        """What it is in words close to SQL."""
        words = ["primary key"] * self.primary or ["unique"] * self.unique
        where = f" WHERE {self.where}" if self.where else ""
        return " ".join([*words, f"{self.name} USING {self.method} ({', '.join(self.columns)})"]) + where


@dataclass(frozen=True)
class Trigger:
    """A trigger; `enabled` is origin, disabled, replica or always."""

    relation: int
    name: str
    function: str
    timing: str
    events: list[str]
    level: str
    enabled: str
    deferrable: bool
    definition: str


@dataclass(frozen=True)
class Policy:
    """A row security policy; PUBLIC is the role public."""

    relation: int
    name: str
    cmd: str
    permissive: bool
    roles: list[str]
    using: str | None
    check: str | None


@dataclass(frozen=True)
class Rule:
    """A rewrite rule."""

    relation: int
    name: str
    event: str
    instead: bool


@dataclass(frozen=True)
class Function:
    """A function of any kind; `args` are the types of its inputs."""

    oid: int
    schema: str
    name: str
    args: list[str]
    kind: str
    language: str
    returns: str
    volatility: str
    parallel: str
    security_definer: bool
    strict: bool
    leakproof: bool
    settings: list[str]
    owner: str
    comment: str

    def __str__(self) -> str:
        return f"{quoted(self.schema, self.name)}({', '.join(self.args)})"


@dataclass(frozen=True)
class Type:
    """A type that is no array, of pg_type's kinds; `base` is a domain's, `labels` an enum's."""

    oid: int
    schema: str
    name: str
    spelled: str
    kind: str
    is_row_type: bool
    base: str | None
    not_null: bool
    labels: list[str]
    owner: str
    comment: str


@dataclass(frozen=True)
class Cast:
    """A cast from one type to another."""

    source: str
    target: str
    context: str
    function: str | None


@dataclass(frozen=True)
class Operator:
    """An operator; without a left type it is a prefix operator."""

    schema: str
    name: str
    left: str | None
    right: str
    returns: str


@dataclass(frozen=True)
class OperatorClass:
    """An operator class of one access method."""

    schema: str
    name: str
    method: str
    owner: str


@dataclass(frozen=True)
class Role:
    """A role and all the roles it is a member of, through others too."""

    name: str
    superuser: bool
    login: bool
    bypass_rls: bool
    member_of: list[str]


@dataclass(frozen=True)
class Place:
    """A schema, language, extension, tablespace, database, foreign data wrapper or server."""

    kind: str
    name: str
    owner: str
    detail: str | None
    version: str | None
