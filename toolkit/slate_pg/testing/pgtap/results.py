"""pgTAP's assertions about what queries return, with the rows that differ named by key, column and type.

A side is a query, the name of a prepared statement, a cursor, or a list of rows (or of values, for one column).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from slate_pg.testing.database import Database
from slate_pg.testing.names import UnknownObject
from slate_pg.testing.pgtap.asserting import called, expect, refuse
from slate_pg.testing.pgtap.rows import Rows, Source, differences, frozen, rows_of, shape


def results_eq(
    db: Database, have: Source, want: Source, *, key: str | Sequence[str] | None = None, description: str = ""
) -> None:
    """Assert that two sides have the same rows in the same order, and columns of the same types."""
    found, wanted = rows_of(db, have), rows_of(db, want)
    lines = shape(found, wanted)
    if not lines and found.rows != wanted.rows:
        lines = differences(found, wanted, key) or [_first_in_other_order(found, wanted)]
    _refuse_rows("the results differ", lines, found, wanted, have, description)


def results_ne(db: Database, have: Source, want: Source, *, description: str = "") -> None:
    """Assert that two sides differ, in rows or in their order; sides of other columns are an error."""
    found, wanted = rows_of(db, have), rows_of(db, want)
    _comparable(found, wanted)
    expect(found.rows != wanted.rows, "the results are the same", have=f"{len(found.rows)} equal rows",
           want="a difference", look=_look(have), description=description)  # fmt: skip


class Sides(Protocol):
    """An assertion about two sides whose order does not matter."""

    def __call__(
        self, db: Database, have: Source, want: Source, *, key: str | Sequence[str] | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def _equal(name: str, duplicates: bool, meaning: str) -> Sides:
    def assertion(
        db: Database, have: Source, want: Source, *, key: str | Sequence[str] | None = None, description: str = ""
    ) -> None:
        found, wanted = rows_of(db, have), rows_of(db, want)
        lines = shape(found, wanted)
        if not lines and _counted(found, duplicates) != _counted(wanted, duplicates):
            lines = differences(_kept(found, duplicates), _kept(wanted, duplicates), key)
        _refuse_rows("the rows differ", lines, found, wanted, have, description)

    return called(assertion, name, meaning, __name__)


def _related(name: str, duplicates: bool, relation: str, meaning: str) -> Sides:
    def assertion(
        db: Database, have: Source, want: Source, *, key: str | Sequence[str] | None = None, description: str = ""
    ) -> None:
        found, wanted = rows_of(db, have), rows_of(db, want)
        _comparable(found, wanted)
        a, b = _counted(found, duplicates), _counted(wanted, duplicates)
        wrong = {"ne": Counter() if a != b else a, "has": b - a, "hasnt": a & b}[relation]
        true = a != b if relation == "ne" else not wrong
        lines = [] if true else [f"{'missing' if relation == 'has' else 'in both'} {r}" for r in wrong.elements()]
        _refuse_rows("the rows are not related as expected", lines if true or lines else ["both sides are empty"],
                     found, wanted, have, description)  # fmt: skip

    return called(assertion, name, meaning, __name__)


set_eq = _equal("set_eq", False, "two sides have the same rows, whatever the order and the duplicates")
bag_eq = _equal("bag_eq", True, "two sides have the same rows as often, whatever the order")
set_ne = _related("set_ne", False, "ne", "two sides differ, order and duplicates left aside")
bag_ne = _related("bag_ne", True, "ne", "two sides differ, order left aside")
set_has = _related("set_has", False, "has", "the first side has every row of the second")
bag_has = _related("bag_has", True, "has", "the first side has every row of the second at least as often")
set_hasnt = _related("set_hasnt", False, "hasnt", "the first side has no row of the second")
bag_hasnt = _related("bag_hasnt", True, "hasnt", "the first side has no row of the second")


def is_empty(db: Database, query: Source, *, description: str = "") -> None:
    """Assert that a query returns no row."""
    found = rows_of(db, query)
    _refuse_rows("rows were returned", differences(found, Rows([])), found, Rows([]), query, description)


def isnt_empty(db: Database, query: Source, *, description: str = "") -> None:
    """Assert that a query returns rows."""
    found = rows_of(db, query)
    expect(bool(found.rows), "no row was returned", have="no row", want="at least one", look=_look(query),
           description=description)  # fmt: skip


def row_eq(db: Database, query: Source, record: Sequence[Any], *, description: str = "") -> None:
    """Assert that a query returns one row, equal to a record."""
    found, wanted = rows_of(db, query), Rows([tuple(record)])
    lines = shape(found, wanted) or ([] if found.rows == wanted.rows else differences(found, wanted))
    _refuse_rows("the row differs", lines, found, wanted, query, description)


def _counted(rows: Rows, duplicates: bool) -> Counter[Any]:
    counted = Counter(map(frozen, rows.rows))
    return counted if duplicates else Counter(set(counted))


def _kept(rows: Rows, duplicates: bool) -> Rows:
    if duplicates:
        return rows
    once = {frozen(r): r for r in rows.rows}
    return Rows(list(once.values()), rows.columns, rows.types)


def _comparable(have: Rows, want: Rows) -> None:
    """Sides that could never be equal make every negation true: an error in the test."""
    wrong = shape(have, want)
    if wrong:
        raise UnknownObject(f"these sides cannot be compared: {'; '.join(wrong)}")


def _first_in_other_order(have: Rows, want: Rows) -> str:
    place = next(i for i, (h, w) in enumerate(zip(have.rows, want.rows, strict=True)) if h != w)
    return f"same rows, other order: row {place + 1} is {have.rows[place]}, want {want.rows[place]}"


def _refuse_rows(title: str, lines: list[str], have: Rows, want: Rows, source: Source, description: str) -> None:
    if lines:
        refuse("\n    ".join([title, *lines]), have=f"{len(have.rows)} rows: {have.header()}",
               want=f"{len(want.rows)} rows: {want.header()}", look=_look(source), description=description)  # fmt: skip


def _look(source: Source) -> str:
    return source if isinstance(source, str) else "the rows the test handed over"
