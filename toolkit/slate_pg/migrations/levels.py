"""Says which locks the statements of a script take on tables that are there, by what each statement is.

Pure. It decides for whom a run waits beforehand; that no wait is without a bound is for lock_timeout. Where a
statement is not known, it takes the strongest lock on all that it names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from slate_pg.errors import FileError
from slate_pg.postgres.statements import CODE, IDENTIFIER, STRING, Statement, split, tokens

# PostgreSQL's table locks, weakest first; the number is what a statement's level means.
MODES = (
    "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock",
    "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
)  # fmt: skip
WRITING, SHARE_UPDATE, SHARE, SHARE_ROW, STRONGEST = 3, 4, 5, 6, 8
_CONFLICTS = {
    WRITING: MODES[4:],
    SHARE_UPDATE: MODES[3:],
    SHARE: (MODES[2], MODES[3], *MODES[5:]),
    SHARE_ROW: MODES[2:],
    STRONGEST: MODES,
}
_WORD = re.compile(r"[^\W\d][\w$]*")
_ORDER = (
    (WRITING, r"(?:insert|update|delete|merge|copy|select|with|values|table|set|reset|show|grant|revoke|explain)\b"),
    (
        WRITING,
        r"create\s+(?:or\s+replace\s+)?(?:function|procedure|aggregate|type|domain|role|schema|extension|cast)\b",
    ),
    (WRITING, r"create\s+(?:temp(?:orary)?\s+)?(?:recursive\s+)?(?:view|materialized|sequence)\b"),
    (SHARE_UPDATE, r"comment\b|analyze\b|vacuum\b(?!.*\bfull\b)|create\s+(?:unique\s+)?index\s+concurrently\b"),
    (SHARE_UPDATE, r"alter\s+table\b[^,]*\bvalidate\s+constraint\s+\S+\s*$"),
    (SHARE, r"create\s+(?:unique\s+)?index\b"),
    (SHARE_ROW, r"create\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b"),
    (SHARE_ROW, r"create\s+(?:(?:temp(?:orary)?|unlogged)\s+)?table\b(?!.*\b(?:partition\s+of|inherits)\b)"),
)
_LEVELS = tuple((level, re.compile(pattern, re.I | re.S)) for level, pattern in _ORDER)
_CHANGES = re.compile(r"\b(?:alter|create|drop|truncate|lock|execute|cluster|refresh|reindex|vacuum)\b", re.I)


def conflicts(text: str, relations: Mapping[str, Sequence[int]]) -> dict[int, frozenset[str]]:
    """Return, by oid, the lock modes of others for which a script has to wait; nothing for what it does not lock."""
    if not relations or not _names_any(text, relations):
        return {}
    found: dict[int, frozenset[str]] = {}
    try:
        statements = split(text)
    except FileError:
        return {}  # refused elsewhere, with its line
    for statement in statements:
        level, names = _level(statement)
        for oid in (oid for name in names & relations.keys() for oid in relations[name]):
            found[oid] = found.get(oid, frozenset()) | frozenset(_CONFLICTS[level])
    return found


def _names_any(text: str, relations: Mapping[str, Sequence[int]]) -> bool:
    lower = text.lower()
    return any(name.lower().replace('"', '""') in lower for name in relations)


def names_in(statement: Statement) -> set[str]:
    """Return the names that a statement's code uses, those in the body of a DO included. Pure."""
    return _level(statement)[1]


def _level(statement: Statement) -> tuple[int, set[str]]:
    """Return how strong a statement's locks are, and the names that occur in it, comments and strings left out."""
    parts: list[str] = []
    names: set[str] = set()
    acts = statement.words[:1] in (("DO",), ("CALL",))
    for kind, start, end in tokens(statement.text):
        piece = statement.text[start:end]
        if kind == IDENTIFIER:
            names.add(piece[1:-1].replace('""', '"'))
            parts.append(" x ")
        elif kind == CODE or (kind == STRING and acts):
            names |= {word.lower() for word in _WORD.findall(piece)}
            parts.append(piece)
        else:
            parts.append(piece if piece in "()[]," else " ")
    code = "".join(parts).strip(" ;\n")
    if acts:
        return (STRONGEST if _CHANGES.search(code) else WRITING), names
    return next((level for level, pattern in _LEVELS if pattern.match(code)), STRONGEST), names
