"""Finds a schema's name where it is stored as text, and says whether it stands for the schema there. Pure.

What refers to a schema by number follows a new name by itself. A path that a function is pinned to, a body that is read
only when it runs and a constant in an expression do not.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from slate_pg.catalog.identity import quote

_ITEM = re.compile(r'"(?:[^"]|"")*"|[^,\s]+')
_REMARK = re.compile(r"--[^\n']*$|/\*.*?\*/", re.M | re.S)


@dataclass(frozen=True)
class Held:
    """Something that holds a schema's name: its kind (setting, text, comment, role setting), the object, the text."""

    kind: str
    target: str
    text: str


def read_path(setting: str) -> list[str]:
    """Return the schemas of `search_path=a, "B c"`, without quotes. Pure."""
    found = _ITEM.findall(setting.partition("=")[2])
    return [item[1:-1].replace('""', '"') if item.startswith('"') else item for item in found]


def write_path(names: Collection[str]) -> str:
    """Return schemas as SET takes them; the empty path is an empty name. Pure."""
    quoted = ('"' + name.replace('"', '""') + '"' if name else "''" for name in names)
    return ", ".join(quoted)


def renamed_path(setting: str, old: str, new: str) -> str | None:
    """Return a path with a schema under its new name, as SET takes it; None where it is not on it. Pure."""
    names = read_path(setting)
    return write_path([new if name == old else name for name in names]) if old in names else None


def stands_for_schema(text: str, name: str, known: Collection[str]) -> bool:
    """Tell whether a name in a text that runs as SQL stands for the schema. Pure.

    It does in front of a dot and one of the schema's objects or something put together, as a literal of its own, behind
    SCHEMA, and on a path. An alias or a word of a message does not.
    """
    code = _REMARK.sub(" ", text)
    plain = re.escape(name)
    doubled = re.escape(name.replace('"', '""'))
    bare = rf'(?<![\w$."]){plain}(?![\w$"])' if quote(name) == name else rf"(?<=')(?:{plain}|{doubled})(?=[.'%])"
    spelled = rf'(?:{bare}|"{doubled}")'
    objects = "|".join(sorted(map(re.escape, known), key=len, reverse=True)) or "(?!)"
    ways = (
        rf"{spelled}\s*\.\s*(?:\"?(?:{objects})(?![\w$])|['%|])",
        rf"'(?:{plain}|{doubled})'",
        rf"\bschema\s+(?:if\s+(?:not\s+)?exists\s+)?{spelled}",
        rf"\bsearch_path\b[^;]{{0,200}}?{spelled}",
    )
    return any(re.search(way, code, re.I) for way in ways)


def renamed_comment(text: str, old: str, new: str, known: Collection[str]) -> str:
    """Return a comment in which the schema qualifies one of its objects by its new name. Pure."""
    objects = "|".join(sorted(map(re.escape, known), key=len, reverse=True)) or "(?!)"
    spelled = f"(?:{re.escape(quote(old))}|" + '"' + re.escape(old.replace('"', '""')) + '")'
    return re.sub(rf'(?<![\w$."]){spelled}(?=\."?(?:{objects})(?![\w$]))', lambda _: quote(new), text)
