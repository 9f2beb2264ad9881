"""Reads query files, Slate's and a stranger's, into pieces of SQL with named parameters between them. Reads files.

A file is one statement with example literals (`-- params:`) or with placeholders, or several statements below
`-- name: …` lines as aiosql and sqlc have them. Placeholders are %(name)s, :name, :'name' and $1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import FileError, Misuse
from slate_pg.sqlfiles import read_file, read_text

_NAME = re.compile(r"^--\s*name:\s*([^\s(:]+?)([\^$!#]|<!|\*!)?(?:\([^)\n]*\))?(?:\s*:(\w+))?[ \t]*$", re.M)
_SKIPPED = (
    r"(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
    r"|\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$|::|:="
)
_MARK = re.compile(
    r"(?s)(?P<quoted>:'(?P<q>[A-Za-z_]\w*)')|(?P<skip>" + _SKIPPED + r")"
    r"|%\((?P<p>[^)\n]+)\)s|%%|(?<![\w\]:]):(?P<c>[A-Za-z_]\w*)|(?<![\w$])\$(?P<n>[1-9]\d*)"
)
_RETURNS = {
    "^": "one", "$": "one", "!": "none", "*!": "none", "#": "none", "<!": "one",
    "one": "one", "many": "many", "exec": "none", "execrows": "none", "execresult": "none",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One query as a file has it: `pieces` are its SQL and, at every second place, a parameter's name."""

    name: str
    where: str
    what: str
    pieces: tuple[str, ...]
    returns: str = "many"
    optional: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The parameters, each once, as they come."""
        return list(dict.fromkeys(self.pieces[1::2]))

    @property
    def numbered(self) -> str:
        """The statement with $1, $2, … as a server wants it."""
        numbers = {name: f"${n}" for n, name in enumerate(self.names, 1)}
        return "".join(numbers[p] if place % 2 else p for place, p in enumerate(self.pieces))


def read_queries(folder: Path, *, given: bool = False) -> list[Asked]:
    """Return the queries of a folder, by name. Misuse where a folder that was `given` is none. Reads files."""
    if not folder.is_dir():
        if given:
            raise Misuse(f'no folder "{folder}"', hint="--queries takes a folder of .sql files.")
        return []
    found = [query for path in sorted(folder.rglob("*.sql")) for query in _read(path)]
    return sorted(found, key=lambda query: query.name)


def _read(path: Path) -> list[Asked]:
    text = read_text(path)
    if heads := list(_NAME.finditer(text)):
        ends = [*(head.start() for head in heads[1:]), len(text)]
        return [_section(path, head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    file = read_file(path)
    what, returns = file.header.get("what", file.name), file.header.get("returns", "many")
    if returns not in ("one", "many"):
        raise FileError(f'{path}: returns is "one" or "many", not "{returns}"', hint="Correct the header.")
    if not file.parameters:
        return [Asked(file.name, str(path), what, split_marks(file.text), returns)]
    # The literals' own way of marking: %(name)s, every other % twice.
    parts = re.split(r"%\((\w+)\)s", file.parameterised)
    pieces = tuple(p if n % 2 else p.replace("%%", "%") for n, p in enumerate(parts))
    if lost := sorted(set(file.parameters) - set(parts[1::2])):
        raise FileError(
            f'{path}: the statement does not have the literal of "{lost[0]}"',
            hint="Write the literal in the statement as the header's params has it.",
        )
    optional = frozenset(name for name, literal in file.parameters.items() if literal.upper() == "NULL")
    return [Asked(file.name, str(path), what, pieces, returns, optional)]


def _section(path: Path, head: re.Match[str], text: str) -> Asked:
    """Return one query of a file that names several."""
    from slate_pg.postgres.statements import split

    name, mark, word = head.groups()
    found = split(text)
    where = f"{path}: {name}"
    if len(found) != 1:
        raise FileError(f"{where} holds {len(found)} statements", hint="One name, one statement.")
    said = " ".join(line.lstrip("- ").strip() for line in text[: found[0].start].splitlines())
    statement = found[0].text.rstrip().rstrip(";")
    returns = _RETURNS.get(mark or word or "many", "many")
    return Asked(name, where, said.strip() or name, split_marks(statement), returns)


def split_marks(statement: str) -> tuple[str, ...]:
    """Return a statement's pieces; what stands in strings, comments and quoted names is left as it is. Pure."""
    style = any(mark["p"] for mark in _MARK.finditer(statement))
    pieces, at = [""], 0
    for mark in _MARK.finditer(statement):
        name = mark["p"] or mark["c"] or mark["q"] or (f"p{mark['n']}" if mark["n"] else None)
        doubled = mark.group() == "%%" and style
        if name is None and not doubled:
            continue
        pieces[-1] += statement[at : mark.start()]
        at = mark.end()
        if name is None:
            pieces[-1] += "%"
        else:
            pieces += [name, ""]
    pieces[-1] += statement[at:]
    return tuple(pieces)
