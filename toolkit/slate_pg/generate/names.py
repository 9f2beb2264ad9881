"""Makes names of Python from names of a database: whatever these are, what comes out is valid and there once. Pure."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W_]+")


class Names:
    """The names of one place (a module, a class): each is given once; `changed` says which had to be another.

    A name that is taken gets an underscore behind it. `reserved` are not given at all.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.taken = set(reserved)
        self.changed: dict[str, str] = {}

    def take(self, name: str, wanted: str) -> str:
        """Return a free name for what the database calls `name`, as near to `wanted` as can be."""
        found = wanted
        while found in self.taken or keyword.iskeyword(found):
            found += "_"
        self.taken.add(found)
        if found != name:
            self.changed[name] = found
        return found


def identifier(name: str) -> str:
    """Return a name as Python can spell it: what is no letter, digit or underscore is one.

    Leading underscores are left away, since two of them mean something to Python; a leading digit gets an "n".
    """
    plain = "".join(c if c.isalnum() or c == "_" else "_" for c in unicodedata.normalize("NFKC", name))
    plain = plain.lstrip("_") or "unnamed"
    return plain if plain.isidentifier() else _plain(plain)


def _plain(name: str) -> str:
    """Return a name without what str.isalnum() knows and Python does not take, such as a leading digit."""
    kept = "".join(c if f"a{c}".isidentifier() else "_" for c in name).lstrip("_") or "unnamed"
    return kept if kept.isidentifier() else f"n{kept}"


def class_name(name: str) -> str:
    """Return a name in CamelCase: `quest_status` is QuestStatus."""
    words = _WORDS.findall(identifier(name))
    return identifier("".join(word[0].upper() + word[1:] for word in words))


def constant_name(name: str) -> str:
    """Return a name in capitals."""
    return identifier(name).upper()
