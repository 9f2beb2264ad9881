"""Words that statements of every kind have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slate_pg.catalog.identity import Identity, quote
from slate_pg.draft.side import Side

_PLAIN_VALUE = re.compile(r"[a-z][a-z0-9_]*|-?\d+(?:\.\d+)?")
_TAG = re.compile(r"\$\w*\$")
# Where the installation's own schema, or the database, is named: such a statement is put together when it runs.
PLACE, DATABASE = "\0place\0", "\0database\0"
OWN = "CURRENT_USER"


_LAST = re.compile(r'(?:"(?:[^"]|"")*"|[^."]+)$')
_ASIDE, _LONGEST = "_before", 63  # bytes of a name


def aside(called: str) -> tuple[str, str]:
    """Return what an object is called while another takes its name: as statements call it, and without its schema."""
    found = _LAST.search(called)
    last = found.group() if found else called
    name = last[1:-1].replace('""', '"') if last.startswith('"') else last
    other = quote(ended(name, _ASIDE))
    return called[: len(called) - len(last)] + other, other


def ended(name: str, end: str) -> str:
    """Return a name with something behind it, cut before that where it would be too long."""
    return name.encode()[: _LONGEST - len(end)].decode(errors="ignore") + end


@dataclass(frozen=True)
class Step:
    """A statement without its semicolon, and the object it is about.

    `loss` says what is lost by it, empty for nothing; `alone` where it cannot be in a transaction.
    """

    text: str
    about: Identity
    loss: str = ""
    alone: bool = False

    @property
    def written(self) -> str:
        """The statement as a file has it, with its semicolon."""
        return in_place(self.text) + ";"


def literal(text: str) -> str:
    """Return a text as SQL quotes it."""
    quoted = text.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"


def dollar_quoted(text: str) -> str:
    """Return a text between dollar signs, by a tag that it does not hold."""
    marks = ("$$", *(f"$do{'_' * n}$" for n in range(len(text) + 1)))
    mark = next(m for m in marks if m not in text)
    return f"{mark}{text}{mark}"


def in_place(text: str) -> str:
    """Return a statement with the installation's schema, or the database, by the name that it has when it runs."""
    if PLACE not in text and DATABASE not in text:
        return text
    pattern = text.replace("%", "%%").replace(PLACE, "%1$I").replace(DATABASE, "%2$I")
    names = "current_schema(), current_database()" if DATABASE in text else "current_schema()"
    mark = next(m for m in ("$sql$", *(f"$sql{'_' * n}$" for n in range(1, len(text)))) if m not in pattern)
    body = f"\nBEGIN\n    EXECUTE format({mark}{pattern}{mark}, {names});\nEND;\n"
    return f"DO {dollar_quoted(body)}"


def schema_word(side: Side, name: str) -> str:
    """Return how a statement names a schema: the installation's own is no fixed name."""
    return PLACE if side.path and name == side.path[0] else quote(name)


def role_word(side: Side, name: str) -> str:
    """Return how a statement names a role: whoever applies is whoever applies."""
    return OWN if name == side.role else quote(name)


def settings(options: Mapping[str, str] | None, prefix: str = "") -> str:
    """Return options as WITH (…) lists them; empty for none."""
    return ", ".join(f"{prefix}{_option(k)} = {_value(v)}" for k, v in sorted((options or {}).items()))


def _option(name: str) -> str:
    return ".".join(map(quote, name.split(".")))


def _value(value: str | None) -> str:
    text = str(value)
    return text if _PLAIN_VALUE.fullmatch(text) else literal(text)


def changed_settings(
    head: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None, prefix: str = ""
) -> list[str]:
    """Return the statements SET (…) and RESET (…) that lead from some options to others."""
    old, new = old or {}, new or {}
    gone = [f"{prefix}{_option(name)}" for name in sorted(old.keys() - new.keys())]
    other = {name: value for name, value in new.items() if old.get(name) != value}
    return [
        *([f"{head} RESET ({', '.join(gone)})"] if gone else []),
        *([f"{head} SET ({settings(other, prefix)})"] if other else []),
    ]


def foreign(options: Mapping[str, str] | None) -> str:
    """Return options in their order, as foreign-data objects take them, with a blank in front; empty for none."""
    pairs = [f"{quote(name)} {literal(value)}" for name, value in (options or {}).items()]
    return f" OPTIONS ({', '.join(pairs)})" if pairs else ""


def changed_foreign(head: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> list[str]:
    """Return the statement that leads from some options of a foreign-data object to others, none where they agree."""
    old, new = old or {}, new or {}
    words = [f"DROP {quote(name)}" for name in sorted(old.keys() - new.keys())]
    for name, value in sorted(new.items()):
        if old.get(name) != value:
            words.append(f"{'SET' if name in old else 'ADD'} {quote(name)} {literal(value)}")
    return [f"{head} OPTIONS ({', '.join(words)})"] if words else []


def word(identity: Identity) -> str:
    """Return what SQL calls a kind of object."""
    return identity.kind.upper()


def addressed(side: Side, identity: Identity) -> str:
    """Return kind and name of an object as ALTER, DROP, COMMENT ON and GRANT take them."""
    called, told = side.called(identity), side.told(identity)
    kind = identity.kind
    if kind in ("function", "procedure", "aggregate"):
        return f"{word(identity)} {called}({told.get('signature', identity.arguments)})"
    if kind == "operator":
        return f"OPERATOR {called} ({told.get('left')}, {told.get('right')})"
    if kind == "schema":
        return f"SCHEMA {schema_word(side, identity.name)}"
    if kind == "column" and identity.on:
        return f"COLUMN {side.called(identity.on)}.{quote(identity.name)}"
    if kind == "constraint" and identity.on:
        domain = "DOMAIN " if identity.on.kind == "domain" else ""
        return f"CONSTRAINT {called} ON {domain}{side.called(identity.on)}"
    if kind in ("trigger", "policy", "rule") and identity.on:
        return f"{word(identity)} {called} ON {side.called(identity.on)}"
    if kind == "foreign table":
        return f"FOREIGN TABLE {called}"
    return f"{word(identity)} {called}"


def indented(items: Iterable[str]) -> str:
    """Return items as the lines of a list in parentheses."""
    return ",\n".join(f"    {item}" for item in items)


def same(one: Mapping[str, Any], other: Mapping[str, Any], *names: str) -> bool:
    """Tell whether two tell the same of some names."""
    return all(one.get(name) == other.get(name) for name in names)
