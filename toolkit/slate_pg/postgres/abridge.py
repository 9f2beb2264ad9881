"""Shortens a statement of any size to what says what it acts on: for reading, never for running.

Pure.
"""

from __future__ import annotations

from slate_pg.postgres.statements import CLOSE, CODE, OPEN, STRING, Statement, tokens


def shown(statement: Statement) -> str:
    """Return a statement as it is read and told: rows that it brings are cut, what may be code is not. Pure."""
    return statement.text if statement.words[:1] in (("CREATE",), ("DO",)) else abridged(statement.text, 1 << 16)


def abridged(text: str, size: int = 4000) -> str:
    """Return a statement shortened to about so many characters: long quotes are emptied, and its end is cut. Pure.

    It names what the statement acts on, and is no statement to run.
    """
    if len(text) <= size:
        return text
    kept: list[str] = []
    brackets: list[str] = []
    length = 0
    for kind, start, end in tokens(text[: 16 * size]):
        piece = text[start:end] if end - start <= size // 4 or kind == CODE else "''" if kind == STRING else " "
        brackets += [piece] if kind in (OPEN, CLOSE) else []
        kept.append(piece)
        length += len(piece)
        if length > size and kind == CODE:
            break
    return "".join(kept).rstrip(" ;,\n") + _closing(brackets) + ";"


def _closing(brackets: list[str]) -> str:
    """Return the brackets that close those left open. Pure."""
    left: list[str] = []
    for bracket in brackets:
        if bracket in "([":
            left.append(")" if bracket == "(" else "]")
        elif left:
            left.pop()
    return "".join(reversed(left))
