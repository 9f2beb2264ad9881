"""What a test expects of an object, field by field: `column == col(type="text", null=False)`.

A field that is left out is not compared. A matcher also says, for pytest's report, what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slate_pg.testing.names import expression, same_expression, same_type


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()  # the default of every field: not compared


def _listed(have: Sequence[str], want: Any) -> bool:
    return sorted(have) == sorted([want] if isinstance(want, str) else want)


def _ordered(have: Sequence[str], want: Any) -> bool:
    wanted = [want] if isinstance(want, str) else list(want)
    return len(have) == len(wanted) and all(h == w or same_expression(h, w) for h, w in zip(have, wanted, strict=True))


def _worded(have: str, want: Any) -> bool:
    return want is not None and have == str(want).lower()


def _named(have: str | None, want: Any) -> bool:
    return have == want or (have is not None and want is not None and have.rpartition(".")[2] == want)


def _equal(have: object, want: object) -> bool:
    return have == want


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "type": same_type, "returns": same_type, "default": same_expression, "generated": same_expression,
    "where": same_expression, "using": same_expression, "check": same_expression,
    "columns": _ordered, "include": _ordered, "referenced": _ordered, "to": _listed, "events": _listed,
    "table": _named, "function": _named, "cmd": _worded, "timing": _worded, "level": _worded, "on_delete": _worded,
    "on_update": _worded, "match": _worded, "volatility": _worded, "kind": _worded, "identity": _equal,
}  # fmt: skip


class Matcher:
    """The expected fields of one object; equal to every object that has them."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str, **fields: Any) -> None:
        self.name = name
        self.fields = {field: want for field, want in fields.items() if want is not ANY}

    def differences(self, have: Any) -> list[tuple[str, Any, Any]]:
        """Return (field, have, want) for each field that differs."""
        found = [(field, getattr(have, field, "no such field"), want) for field, want in self.fields.items()]
        return [(f, h, w) for f, h, w in found if not _COMPARE.get(f, _equal)(h, w)]

    def __eq__(self, other: object) -> bool:
        return not self.differences(other)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{field}={want!r}' for field, want in self.fields.items())})"


def col(
    *, type: str = ANY, null: bool = ANY, default: Any = ANY, identity: str | None = ANY, generated: str | None = ANY,  # noqa: A002
    collation: str | None = ANY, comment: str = ANY,
) -> Matcher:  # fmt: skip
    """Expect a column: type in any spelling, NULL allowed or not, the default as SQL text, plain value or None."""
    return Matcher(
        "col", type=type, null=null, default=default, identity=identity, generated=generated, collation=collation,
        comment=comment,
    )  # fmt: skip


def refs(
    table: str, *columns: str, on_delete: str = ANY, on_update: str = ANY, match: str = ANY, deferrable: bool = ANY,
    deferred: bool = ANY, validated: bool = ANY,
) -> Matcher:  # fmt: skip
    """Expect a foreign key to a table, and to its columns when they are given; actions are cascade, set null …."""
    return Matcher(
        "refs", table=table, referenced=columns or ANY, on_delete=on_delete, on_update=on_update, match=match,
        deferrable=deferrable, deferred=deferred, validated=validated,
    )  # fmt: skip


def index(
    *, unique: bool = ANY, where: str | None = ANY, method: str = ANY, columns: Sequence[str] = ANY,
    include: Sequence[str] = ANY, primary: bool = ANY, valid: bool = ANY, nulls_not_distinct: bool = ANY,
    clustered: bool = ANY,
) -> Matcher:  # fmt: skip
    """Expect an index; where=None means that it covers every row."""
    return Matcher(
        "index", unique=unique, where=where, method=method, columns=columns, include=include, primary=primary,
        valid=valid, nulls_not_distinct=nulls_not_distinct, clustered=clustered,
    )  # fmt: skip


def policy(
    *, cmd: str = ANY, permissive: bool = ANY, to: Sequence[str] = ANY, using: str | None = ANY, check: str | None = ANY
) -> Matcher:
    """Expect a row security policy; `to` in any order, PUBLIC written public."""
    return Matcher("policy", cmd=cmd, permissive=permissive, to=to, using=using, check=check)


def trigger(
    *, timing: str = ANY, events: Sequence[str] = ANY, level: str = ANY, function: str = ANY, enabled: str = ANY,
    deferrable: bool = ANY,
) -> Matcher:  # fmt: skip
    """Expect a trigger: before, after or instead of; insert, update, delete, truncate; row or statement."""
    return Matcher(
        "trigger", timing=timing, events=events, level=level, function=function, enabled=enabled, deferrable=deferrable
    )


def function(
    *, returns: str = ANY, language: str = ANY, volatility: str = ANY, security_definer: bool = ANY,
    strict: bool = ANY, kind: str = ANY, parallel: str = ANY, leakproof: bool = ANY, owner: str = ANY,
    search_path: str | None = ANY,
) -> Matcher:  # fmt: skip
    """Expect a function; search_path is what it is pinned to, None for not at all."""
    return Matcher(
        "function", returns=returns, language=language, volatility=volatility, security_definer=security_definer,
        strict=strict, kind=kind, parallel=parallel, leakproof=leakproof, owner=owner, search_path=search_path,
    )  # fmt: skip


class Names(tuple[str, ...]):
    """Names in the catalog's order; equal to a list or tuple of the same, or to exactly(…) and contains(…)."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Listing):
            return other == self
        return isinstance(other, list | tuple) and tuple(self) == tuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


class Listing:
    """Expected names in any order: all of them, or at least these."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, names: Iterable[str], complete: bool) -> None:
        self.names = list(names)
        self.complete = complete

    def differences(self, have: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the missing names and, when the list is complete, the extra ones."""
        found = list(have)
        extra = sorted(set(found) - set(self.names)) if self.complete else []
        return sorted(set(self.names) - set(found)), extra

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Iterable) and not any(self.differences(other))

    def __repr__(self) -> str:
        return f"{'exactly' if self.complete else 'contains'}({', '.join(map(repr, self.names))})"


def exactly(*names: str) -> Listing:
    """Expect these names and no others, in any order."""
    return Listing(names, complete=True)


def contains(*names: str) -> Listing:
    """Expect at least these names."""
    return Listing(names, complete=False)


__all__ = ["ANY", "Matcher", "Names", "col", "contains", "exactly", "expression", "function", "index", "policy", "refs",
           "trigger"]  # fmt: skip
