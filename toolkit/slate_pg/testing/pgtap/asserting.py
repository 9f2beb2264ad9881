"""How an assertion fails: have, want, the nearest name, the SQL to look yourself; and the shapes assertions share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import nearest
from slate_pg.testing.verbs import Catalogued

F = TypeVar("F", bound=Callable[..., Any])


class Alone(Protocol):
    """An assertion about something that has no schema."""

    def __call__(self, db: Catalogued, name: str, *, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


class InSchema(Protocol):
    """An assertion about something in a schema; without one the name may be qualified, or the path is searched."""

    def __call__(self, db: Catalogued, name: str, *, schema: str | None = None, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


class OfTable(Protocol):
    """An assertion about a table, which must exist."""

    def __call__(self, db: Catalogued, table: str, *, schema: str | None = None, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


class OnTable(Protocol):
    """An assertion about a part of a table; the table must exist."""

    def __call__(
        self, db: Catalogued, table: str, name: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


class OnColumns(Protocol):
    """An assertion about one column or a list of columns of a table, all of which must exist."""

    def __call__(
        self, db: Catalogued, table: str, columns: str | Sequence[str], *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        """Raise AssertionError unless it is so."""


class AllAlone(Protocol):
    """An assertion about a complete list of what has no schema."""

    def __call__(self, db: Catalogued, names: Iterable[str], *, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


class AllInSchema(Protocol):
    """An assertion about a complete list in a schema; without one, on the search path."""

    def __call__(
        self, db: Catalogued, names: Iterable[str], *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


class AllOnTable(Protocol):
    """An assertion about the complete list of one table's parts."""

    def __call__(
        self, db: Catalogued, table: str, names: Iterable[str], *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def called(function: F, name: str, meaning: str, module: str) -> F:
    """Give a made function its pgTAP name and its sentence, so that help() and tracebacks read well."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Assert that {meaning}."
    function.__module__ = module
    return function


def refuse(
    title: str, *, have: object, want: object, look: str, near: Iterable[str] = (), description: str = ""
) -> NoReturn:
    """Raise AssertionError with everything a reader needs."""
    lines = [f"{description}: {title}" if description else title, f"  have: {have}", f"  want: {want}"]
    close = list(near)
    if close:
        lines.append(f"  nearest: {', '.join(close)}")
    raise AssertionError("\n".join([*lines, f"  look: {look}"]))


def expect(
    true: bool, title: str, *, have: object, want: object, look: str, near: Iterable[str] = (), description: str = ""
) -> None:
    """Refuse unless it is true."""
    if not true:
        refuse(title, have=have, want=want, look=look, near=near, description=description)


def exactly_these(have: Iterable[str], want: Iterable[str], title: str, *, look: str, description: str = "") -> None:
    """Refuse unless both hold the same names; a missing one is shown with the nearest of those there are."""
    found, wanted = set(have), _listed(want)
    missing, extra = sorted(wanted - found), sorted(found - wanted)
    near = [name for each in missing for name in nearest(each, extra or found)]
    expect(
        not missing and not extra, title, look=look, description=description, near=dict.fromkeys(near),
        have=f"extra {', '.join(extra) or 'none'}", want=f"missing {', '.join(missing) or 'none'}",
    )  # fmt: skip


def _listed(names: Iterable[str]) -> set[str]:
    if isinstance(names, str):
        raise TypeError(f"a list of names is wanted, not the string {names!r}")
    return set(names)


def as_list(columns: str | Sequence[str]) -> list[str]:
    """Return one name or several as a list."""
    return [columns] if isinstance(columns, str) else list(columns)


def in_which(catalog: Catalog, schema: str | None) -> str:
    """Say where was looked, and refuse a schema that does not exist."""
    schemas = catalog.schemas(schema)
    return f"schema {schema}" if schema else f"the search path ({', '.join(schemas)})"
