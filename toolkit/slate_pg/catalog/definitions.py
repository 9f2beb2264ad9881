"""Takes apart what the server prints of indexes, foreign keys and function bodies, where no field says it.

Pure: SQL as PostgreSQL prints it in, names out, quoted as printed.
"""

from __future__ import annotations

import re

_NAME = r'"(?:[^"]|"")*"'
_LITERAL = r"'(?:[^']|'')*'"
_PART = re.compile(rf"{_NAME}|{_LITERAL}|[(\[]|[)\]]|,|[^\"'(\[)\],]+", re.S)
_COLUMN = re.compile(rf"({_NAME}|[^\s\"()]+)(?:\s|$)")
_READS = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|USING)\s+(?:ONLY\s+)?(\"(?:[^\"]|\"\")+\"|\w++)(?!\s*\.)", re.I)
_LITERALS_AND_COMMENTS = re.compile(rf"--[^\n]*|/\*.*?\*/|{_LITERAL}", re.S)


def listed(definition: str) -> list[str]:
    """Return what stands in the first parentheses of a definition, split at the commas between them."""
    return _first_list(definition)[0]


def _first_list(definition: str) -> tuple[list[str], str]:
    """Return the first list in parentheses and the text behind it. Names and literals may hold any character."""
    depth, parts = 0, [""]
    for token in _PART.finditer(definition):
        text = token[0]
        depth -= text in (")", "]")
        if depth == 0 and text == ")":
            return [part.strip() for part in parts], definition[token.end() :]
        if depth == 1 and text == ",":
            parts.append("")
        elif depth:
            parts[-1] += text
        depth += text in ("(", "[")
    return [part.strip() for part in parts], ""


def split_index(definition: str) -> tuple[list[str], str]:
    """Return an index's keys, without what it only includes, and its predicate, empty where it has none."""
    keys, rest = _first_list(definition)
    if rest.startswith(" INCLUDE "):
        _, rest = _first_list(rest)
    return keys, rest.partition(" WHERE ")[2]


def column_of(key: str) -> str:
    """Return the column of an index key without its order and operator class; an expression as it is."""
    found = _COLUMN.match(key)
    return found[1] if found else key


def serves_lookups(definition: str, columns: list[str]) -> bool:
    """Tell whether an index finds rows by equality whenever none of the columns asked for is NULL."""
    _, predicate = split_index(definition)
    for column in columns:
        predicate = predicate.replace(f"({column} IS NOT NULL)", "")
    return definition.startswith(("USING btree", "USING hash")) and not predicate.replace(" AND ", "").strip("() ")


def tables_in(body: str) -> set[str]:
    """Return the unqualified names that follow FROM, JOIN, INTO, UPDATE and their kin in a function's body."""
    names = _READS.findall(_LITERALS_AND_COMMENTS.sub(" ", body))
    return {name[1:-1].replace('""', '"') if name[0] == '"' else name.lower() for name in names}


def calls_in(expression: str) -> set[str]:
    """Return the unqualified names of the functions that an expression calls."""
    names = re.findall(r"(\"(?:[^\"]|\"\")+\"|\w+)\(", re.sub(_LITERAL, "''", expression))
    return {name[1:-1].replace('""', '"') if name[0] == '"' else name for name in names}


def reads_rows(body: str) -> bool:
    """Tell whether a function's body reads from a table or calls for rows."""
    return re.search(r"\b(?:FROM|JOIN)\b", _LITERALS_AND_COMMENTS.sub(" ", body), re.I) is not None
