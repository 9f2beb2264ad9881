"""Tells who may see or do more or less in one state than in another, and which grants and policies are why. Pure.

A word is weighed only where two are comparable: whatever else differs is said to be "otherwise", never "more".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from slate_pg.catalog.compare import Difference
from slate_pg.docs.alterations import AccessChange
from slate_pg.docs.model import Access, Table
from slate_pg.docs.naming import Name
from slate_pg.docs.states import State
from slate_pg.docs.wording import sentence, words_of

COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# Rows and columns that a word leaves; a view's are its own affair.
_EXTENT = {"none": (0, 0), "own rows, columns": (1, 1), "own rows": (1, 2), "columns": (2, 1), "all": (2, 2)}
_NOBODY = ("none",) * 4
_NONE: frozenset[str] = frozenset()
_Because = tuple[str, str]  # more, less, otherwise, or nothing where it explains only; the words


def find_access_changes(
    before: State, after: State, homes: Mapping[str, str], differences: Sequence[Difference]
) -> list[AccessChange]:
    """Return how the rights on tables and views differ, more first, by role and table."""
    altered = {(d.object.schema, d.object.name) for d in differences if d.object.kind in ("function", "procedure")}
    known = _roles(before, after)
    found = []
    for name in sorted({*before.tables, *after.tables}):
        sides = [s.tables.get(name) for s in (before, after)]
        for role in sorted({a.role for table in sides if table for a in table.access} & known):
            reasons = list(_reasons(role, name, before, after, altered))
            hows = {how for how, _ in reasons if how}
            if hows:
                how = hows.pop() if len(hows) == 1 else "otherwise"
                because = tuple(dict.fromkeys(words for _, words in reasons if words))
                was, now = (sentence(_cell(t, role)) if t else "" for t in sides)
                found.append(AccessChange(how, role, *name, homes.get(name[0], ""), was, now, because))
    return sorted(found, key=lambda c: (("more", "less", "otherwise").index(c.how), c.role, c.schema, c.table))


def roles_left_out(before: State, after: State) -> list[str]:
    """Return the roles of a live database that may do something there, and that files do not make."""
    may = {a.role for state in (before, after) for table in state.tables.values() for a in table.access}
    return sorted(may - _roles(before, after))


def _roles(before: State, after: State) -> frozenset[str]:
    """Return the roles that are compared: of a live database those that the files make too, its owners seldom so."""
    if before.live or after.live:
        return after.roles if before.live else before.roles
    return before.roles | after.roles


def _cell(table: Table | None, role: str) -> Access:
    found = next((a for a in table.access if a.role == role), None) if table else None
    return found or Access(role, *_NOBODY)


def _reasons(role: str, name: Name, before: State, after: State, altered: Collection[Name]) -> Iterator[_Because]:
    """Yield what makes a role's rights on a table more, less or others, and with no such word what explains them."""
    one, other = before.tables.get(name), after.tables.get(name)
    old, new = _cell(one, role), _cell(other, role)
    words = list(zip(COMMANDS, words_of(old), words_of(new), strict=True))
    for _, left, right in words:
        if left != right:
            yield direction(left, right), ""
    if one is None or other is None:
        yield "", "the table is new" if other else "the table is gone"
        return
    for command, left, right in words:
        if "columns" in left and "columns" in right:
            place = (*name, role, command)
            yield from _of_columns(command, before.columns.get(place, _NONE), after.columns.get(place, _NONE))
    yield from _of_policies(one, other, old, new, {c for c, a, b in words if "own rows" in a and "own rows" in b})
    yield from _of_shape(one, other, old, new)
    for schema, function in sorted(set(after.policies.get(name, ())) & set(altered)):
        if any("own rows" in right for *_, right in words):
            yield "otherwise", f"policies call {schema}.{function}(), which is another"
    yield from (("", f"gone: {grant}") for grant in old.grants if grant not in new.grants)
    yield from (("", f"new: {grant}") for grant in new.grants if grant not in old.grants)


def direction(one: str, other: str) -> str:
    """Return whether the second word leaves "more" than the first, "less", or what cannot be said: "otherwise"."""
    if "none" in (one, other):
        return "more" if one == "none" else "less"
    if one not in _EXTENT or other not in _EXTENT:
        return "otherwise"
    pairs = list(zip(_EXTENT[one], _EXTENT[other], strict=True))
    if all(a <= b for a, b in pairs):
        return "more"
    return "less" if all(a >= b for a, b in pairs) else "otherwise"


def _of_columns(command: str, was: frozenset[str], now: frozenset[str]) -> Iterator[_Because]:
    """Yield the columns that are granted by name on one side only."""
    if now - was:
        yield "more", f"{command} of {', '.join(sorted(now - was))}"
    if was - now:
        yield "less", f"no {command} of {', '.join(sorted(was - now))}"


def _of_policies(one: Table, other: Table, old: Access, new: Access, decided: Collection[str]) -> Iterator[_Because]:
    """Yield the policies that differ and concern a role: with a word where they decide a command on both sides."""
    was, now = ({p.name: p for p in t.policies} for t in (one, other))
    for name in dict.fromkeys([*was, *now]):
        left, right = was.get(name), now.get(name)
        policy = right or left
        if policy is None or not (name in old.policies or name in new.policies):
            continue
        if left and right and replace(left, says="") == replace(right, says=""):
            continue
        word = "another" if left and right else "new" if right else "gone"
        how = "otherwise" if word == "another" else "more" if (word == "new") != policy.restrictive else "less"
        kind = "restrictive policy" if policy.restrictive else "policy"
        concerns = {policy.command, left.command if left else ""} & {*decided, "ALL"}
        yield how if decided and concerns else "", f"{word}: {kind} {name} for {policy.command}"


def _of_shape(one: Table, other: Table, old: Access, new: Access) -> Iterator[_Because]:
    """Yield the columns that are new to a role that reads whole rows or has lost, and a view's other definition."""
    if "none" in (old.select, new.select):
        return
    was, now = [c.name for c in one.columns], [c.name for c in other.columns]
    added, gone = [c for c in now if c not in was], [c for c in was if c not in now]
    if added and "columns" not in new.select:
        yield "more", f"may read new columns: {', '.join(added)}"
    if gone and "columns" not in old.select:
        yield "less", f"columns are gone: {', '.join(gone)}"
    if one.definition != other.definition:
        yield "otherwise", "the view's definition is another"
