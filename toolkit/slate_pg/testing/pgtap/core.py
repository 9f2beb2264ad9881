"""pgTAP's comparisons of values. Regular expressions, LIKE and operators are the server's, not Python's."""

from __future__ import annotations

import re
from typing import Any, Protocol

from slate_pg.testing.database import Database
from slate_pg.testing.names import UnknownObject, same_type
from slate_pg.testing.pgtap.asserting import called, expect, refuse


def ok(db: Database, value: Any, *, description: str = "") -> None:
    """Assert that a value is true; NULL (None) and everything that merely counts as true fail."""
    expect(value is True, "not true", have=repr(value), want="True", look=_select(value), description=description)


def is_(db: Database, have: Any, want: Any, *, description: str = "") -> None:
    """Assert that two values are equal; NULL equals NULL. pgTAP's is, a word that Python keeps for itself."""
    expect(have == want, "not equal", have=_typed(have), want=_typed(want), look=_select(have), description=description)


def isnt(db: Database, have: Any, want: Any, *, description: str = "") -> None:
    """Assert that two values differ; NULL does not differ from NULL."""
    expect(have != want, "equal", have=_typed(have), want=f"anything but {_typed(want)}", look=_select(have),
           description=description)  # fmt: skip


class Comparison(Protocol):
    """An assertion about a text and a pattern."""

    def __call__(self, db: Database, have: str | None, pattern: str, *, description: str = "") -> None:
        """Raise AssertionError unless it is so."""


def _comparison(name: str, operator: str, meaning: str) -> Comparison:
    def compare(db: Database, have: str | None, pattern: str, *, description: str = "") -> None:
        _operate(db, have, operator, pattern, "text", description)

    return called(compare, name, f"a text {meaning}; NULL fails", __name__)


matches = _comparison("matches", "~", "matches a regular expression")
imatches = _comparison("imatches", "~*", "matches a regular expression, whatever the case")
doesnt_match = _comparison("doesnt_match", "!~", "does not match a regular expression")
doesnt_imatch = _comparison("doesnt_imatch", "!~*", "does not match a regular expression, whatever the case")
alike = _comparison("alike", "LIKE", "is LIKE a pattern")
ialike = _comparison("ialike", "ILIKE", "is LIKE a pattern, whatever the case")
unalike = _comparison("unalike", "NOT LIKE", "is not LIKE a pattern")
unialike = _comparison("unialike", "NOT ILIKE", "is not LIKE a pattern, whatever the case")


def cmp_ok(db: Database, have: Any, operator: str, want: Any, *, description: str = "") -> None:
    """Assert that an operator of the server holds between two values; NULL fails."""
    if not re.fullmatch(r"[-+*/<>=~!@#%^&|`?]+|(?i:is( not)? distinct from|(not )?i?like)", operator):
        raise UnknownObject(f'"{operator}" is no operator')
    _operate(db, have, operator, want, "", description)


def _operate(db: Database, have: Any, operator: str, want: Any, cast: str, description: str) -> None:
    to = f"::{cast}" if cast else ""
    statement = f"SELECT %s{to} {operator.replace('%', '%%')} %s{to}"
    with db.connection.transaction():
        answer = db.value(statement, have, want)
    look = f"SELECT {_literal(have)} {operator} {_literal(want)};"
    expect(answer is True, f"{operator} does not hold", have=_typed(have), want=f"{operator} {_typed(want)}", look=look,
           description=description)  # fmt: skip


def pass_(db: Database, *, description: str = "") -> None:
    """Pass, whatever is the case. pgTAP's pass, a word that Python keeps for itself."""


def fail(db: Database, *, description: str = "") -> None:
    """Fail, whatever is the case."""
    raise AssertionError(description or "failed on purpose")


def isa_ok(db: Database, expression: str, want: str, *, description: str = "") -> None:
    """Assert that an SQL expression has a type, in any of its spellings; the type must exist."""
    wanted = db.catalog.type_spelling(want)
    with db.connection.transaction():
        have = db.value(f"SELECT format_type(pg_typeof(({expression})), NULL)")
    look = f"SELECT pg_typeof(({expression}));"
    if not same_type(wanted, have) and not same_type(have, wanted):
        refuse(f"{expression} is of another type", have=have, want=wanted, look=look, description=description)


def _typed(value: Any) -> str:
    return "NULL" if value is None else f"{value!r} ({type(value).__name__})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _select(value: Any) -> str:
    return f"SELECT {_literal(value)};"
