"""Finds what uses a table or a function: what the catalog says, and what bodies, queries and jobs name.

Pure. Bodies and files are read by PostgreSQL's parser; what SQL is put together at run time is in nobody's uses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slate_pg.docs.model import Use
from slate_pg.docs.naming import Name, Named, names_in, names_in_body, path_of, resolve
from slate_pg.docs.reading import Source


@dataclass(frozen=True)
class Text:
    """A query or a job: its kind, its name, what its header says, its SQL, and the schemas of its plain names."""

    kind: str
    name: str
    says: str
    sql: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class _User:
    """What uses something: kind, name, a word on it, and the schema of it, where it lies in one."""

    kind: str
    name: str
    says: str
    schema: str = ""


@dataclass(frozen=True)
class Uses:
    """Who uses each table, and each function, by schema and name."""

    tables: dict[Name, list[Use]]
    functions: dict[Name, list[Use]]


def find_uses(source: Source, texts: Iterable[Text], paths: Mapping[str, Sequence[str]]) -> Uses:
    """Return who uses what. `paths` has the schemas in which a schema's own functions look for plain names."""
    tables = frozenset(source.relations)
    functions = frozenset((i.schema, i.name) for i in source.facts if i.kind in ("function", "procedure", "aggregate"))
    direct: dict[_User, tuple[set[Name], set[Name]]] = defaultdict(lambda: (set(), set()))
    for user, named, path in [*_bodies(source, paths), *_files(texts)]:
        direct[user][0].update(resolve(named.tables, path, tables))
        direct[user][1].update(resolve(named.functions, path, functions))
    for kind, schema, name, on, used, used_schema, used_name, _ in source.dependents:
        user = _User(kind, name, f"on {on}" if on else "", schema)
        direct[user][used == "function"].add((used_schema, used_name))
    of_functions = {(u.schema, u.name): found for u, found in direct.items() if u.kind in ("function", "procedure")}
    by_table: dict[Name, dict[_User, str]] = defaultdict(dict)
    by_function: dict[Name, dict[_User, str]] = defaultdict(dict)
    for user, (its_tables, its_functions) in direct.items():
        for function in its_functions - {(user.schema, user.name)}:
            by_function[function][user] = user.says
        for table in its_tables:
            by_table[table][user] = user.says
        if user.kind not in ("function", "procedure"):
            for table, through in _through(its_functions, of_functions):
                way = f"through {through[1]}()"
                by_table[table].setdefault(user, f"{user.says}, {way}" if user.kind in ("policy", "trigger") else way)
    return Uses(_listed(by_table), _listed(by_function))


def _bodies(source: Source, paths: Mapping[str, Sequence[str]]) -> Iterator[tuple[_User, Named, Sequence[str]]]:
    for identity, facts in source.facts.items():
        if identity.kind in ("function", "procedure") and not facts.get("sql_body"):
            given = (str(facts.get(name) or "") for name in ("language", "arguments", "result", "body"))
            path = path_of(facts.get("config"), paths.get(identity.schema, (identity.schema,)))
            yield _User(identity.kind, identity.name, "", identity.schema), names_in_body(*given), path


def _files(texts: Iterable[Text]) -> Iterator[tuple[_User, Named, Sequence[str]]]:
    for text in texts:
        yield _User(text.kind, text.name, text.says), names_in(text.sql), text.path


def _through(
    functions: Iterable[Name], of_functions: Mapping[Name, tuple[set[Name], set[Name]]]
) -> Iterator[tuple[Name, Name]]:
    """Yield each table that functions reach, by themselves or by others they call, and the first that is called."""
    for first in sorted(functions):
        seen, waiting = {first}, [first]
        while waiting:
            tables, others = of_functions.get(waiting.pop(), (set(), set()))
            yield from ((table, first) for table in sorted(tables))
            waiting += [other for other in others if other not in seen]
            seen |= others


def _listed(found: Mapping[Name, Mapping[_User, str]]) -> dict[Name, list[Use]]:
    order = ("view", "materialized view", "function", "procedure", "trigger", "policy", "query", "job")

    def place(use: Use) -> tuple[int, str, str]:
        return order.index(use.kind) if use.kind in order else len(order), use.name, use.says

    return {
        name: sorted({Use(user.kind, user.name, says) for user, says in users.items()}, key=place)
        for name, users in found.items()
    }
