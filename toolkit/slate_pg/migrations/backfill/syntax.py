"""Reads a backfill: the table and the batch of its first lines, its one statement, and the key range in it.

Pure: text in, values out. Which index the key has is for keys, running it for work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from slate_pg.errors import FileError, Where
from slate_pg.migrations.script import Script, head_lines
from slate_pg.postgres.statements import CLOSE, CODE, OPEN, Statement, tokens

MOST_ROWS = 1_000_000
_PART = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_VALUE = re.compile(rf"({_PART}(?:\s*\.\s*{_PART})?)\s*,\s*([0-9]{{1,9}})\Z")
_LINE = re.compile(r"^[ \t]*--[ \t]*backfill[ \t]*:[ \t]*(.*?)\s*$", re.M)
_IN_ONE = re.compile(r"^[ \t]*--[ \t]*transactional[ \t]*:[ \t]*true\b", re.M)
_PLACEHOLDER = re.compile(r"(?<![:\w]):(from|to)\b")
_KINDS = ("update_stmt", "delete_stmt", "insert_stmt", "merge_stmt")
_IDIOM = (
    "The range is written `WHERE id BETWEEN :from AND :to`: both ends belong to it, and all columns of the key, "
    "`(a, b) BETWEEN :from AND :to`."
)


@dataclass(frozen=True)
class Backfill:
    """One statement to be run in batches: `table` as it is written, `batch` the most rows of one, `columns` its key.

    `pieces` is the statement's text, cut at its placeholders, which stand between them in `marks` ("from" or "to").
    """

    table: str
    batch: int
    columns: tuple[str, ...]
    statement: Statement
    pieces: tuple[str, ...]
    marks: tuple[str, ...]

    def written(self, first: str, last: str) -> str:
        """Return the statement for one range, whose ends are SQL; without its semicolon."""
        ends = {"from": first, "to": last}
        text = self.pieces[0] + "".join(
            ends[m] + piece for m, piece in zip(self.marks, self.pieces[1:], strict=True)
        )  # fmt: skip
        return text.rstrip().rstrip(";").rstrip()

    def origin(self, offset: int, first: str, last: str) -> int:
        """Return where in the statement's own text something stands, by its offset in what was written."""
        ends = {"from": first, "to": last}
        at = own = 0
        for mark, piece in zip((*self.marks, ""), self.pieces, strict=True):
            if offset < at + len(piece):
                return own + offset - at
            at, own = at + len(piece), own + len(piece)
            if mark and offset < at + len(ends[mark]):
                return own
            at, own = at + len(ends.get(mark, "")), own + (len(mark) + 1 if mark else 0)
        return own


def read(script: Script) -> Backfill:
    """Return what a script is as a backfill. FileError, with its line, for one that cannot be run in batches."""
    table, batch, at = _head(script)
    if script.is_big:
        _refuse(script, at, "a backfill is one statement, and this file is big", "Write the statement by itself.")
    statements = list(script.statements())
    if len(statements) != 1:
        start = statements[1].start if len(statements) > 1 else at
        said = f"a backfill is one statement, and here are {len(statements)}"
        _refuse(script, start, said, "Put the others into migrations of their own, before it or after it.")
    statement = statements[0]
    pieces, marks = _cut(statement.text)
    columns = _read_range(script, statement, table)
    return Backfill(table, batch, columns, statement, tuple(pieces), tuple(marks))


def whole(fill: Backfill) -> str:
    """Return the statement without its key range: what all batches do together. Pure."""
    import postgast

    tree = postgast.parse(fill.written("$1", "$2"))
    for part, _ in list(_bounds(tree.stmts[0].stmt)):
        part.Clear()
        part.a_const.boolval.boolval = True
    return str(postgast.deparse(tree))


def _head(script: Script) -> tuple[str, int, int]:
    """Return table and batch as the file's first lines say them, and where."""
    found = list(_LINE.finditer(head_lines(script.head)))
    match = _VALUE.match(found[0][1]) if len(found) == 1 else None
    at = found[-1].start() if found else 0
    if not match:
        said = "backfill is said twice" if len(found) > 1 else "backfill takes a table and the most rows of a batch"
        _refuse(script, at, said, "As in `-- backfill: grades, 5000`.")
    if said_so := _IN_ONE.search(head_lines(script.head)):
        _refuse(script, said_so.start(), "a backfill cannot be one transaction", "Take transactional: true out.")
    batch = int(match[2])
    if not 1 <= batch <= MOST_ROWS:
        _refuse(script, at, f"a batch has 1 to {MOST_ROWS} rows, not {batch}", "A batch of 5000 suits most tables.")
    return match[1], batch, at


def _cut(text: str) -> tuple[list[str], list[str]]:
    """Return a statement's text in pieces, and the placeholders between them; quotes and comments hold none."""
    pieces, marks, begin = [], [], 0
    for kind, start, end in tokens(text):
        if kind in (CODE, OPEN, CLOSE):
            for found in _PLACEHOLDER.finditer(text, start, end):
                pieces.append(text[begin : found.start()])
                marks.append(found[1])
                begin = found.end()
    return [*pieces, text[begin:]], marks


def _read_range(script: Script, statement: Statement, table: str) -> tuple[str, ...]:
    """Return the columns of the statement's key range. FileError where it has none, or is no statement for batches."""
    import postgast

    pieces, marks = _cut(statement.text)
    # As long as what they stand for, so that places stay true.
    numbered = {"from": "$1   ", "to": "$2 "}
    text = pieces[0] + "".join(numbered[m] + piece for m, piece in zip(marks, pieces[1:], strict=True))
    try:
        parsed = postgast.parse(text).stmts[0].stmt
    except (postgast.PgQueryError, ValueError, IndexError) as error:
        at = statement.start + max(0, int(getattr(error, "cursorpos", 0) or 0) - 1)
        _refuse(script, at, f"the statement cannot be read: {error}", _IDIOM)
    kind = parsed.WhichOneof("node")
    if kind not in _KINDS:
        said = "a backfill is an UPDATE, DELETE, INSERT … SELECT or MERGE"
        _refuse(script, statement.start, said, "Write it as a migration of its own.")
    if getattr(parsed, kind).HasField("returning_clause"):
        _refuse(script, statement.start, "RETURNING gives its rows to nobody", "Take it out.")
    _Reader(script, statement, table, parsed).check()
    ranges = list(_ranges(parsed))
    bounds = sum(1 for _ in _params(parsed))
    if not ranges or bounds != 2 * len(ranges):
        said = "no key range" if not bounds else ":from and :to stand elsewhere than in a key range that limits rows"
        _refuse(script, statement.start, said, _IDIOM)
    if len(set(ranges)) > 1:
        _refuse(script, statement.start, "its key ranges are over different columns", _IDIOM)
    return ranges[0]


@dataclass(frozen=True)
class _Reader:
    """A parsed statement, and what makes it unfit for batches."""

    script: Script
    statement: Statement
    table: str
    parsed: Any

    def check(self) -> None:
        """FileError for what would change a row twice, or leave one out."""
        from postgast import find_nodes
        from postgast import pg_query_pb2 as pb

        columns = {name for one in _ranges(self.parsed) for name in one}
        for kind in (pb.UpdateStmt, pb.MergeWhenClause, pb.OnConflictClause):
            for node in find_nodes(self.parsed, kind):
                changed = {t.res_target.name for t in node.target_list} & columns
                if changed and self._is_target(node, kind):
                    self._no(
                        f"it changes {min(changed)}, which is its key: a row could come twice",
                        "Go by a key that stays, or write new rows and delete the old ones in two backfills.",
                    )
        for insert in find_nodes(self.parsed, pb.InsertStmt):
            if self._is_own(insert.relation.relname):
                self._no(
                    f"it inserts into {self.table}, through which it goes: new rows could come again",
                    "Insert into a table beside it.",
                )
        for lock in find_nodes(self.parsed, pb.LockingClause):
            if lock.wait_policy == pb.LockWaitSkip:
                self._no("SKIP LOCKED leaves out rows that somebody holds", "Take it out: a batch is tried again.")

    def _is_own(self, name: str) -> bool:
        last: str = re.findall(_PART, self.table)[-1]
        return name == (last[1:-1].replace('""', '"') if last.startswith('"') else last.lower())

    def _is_target(self, node: Any, kind: Any) -> bool:
        """Tell whether a node with a target list writes to the backfill's own table."""
        from postgast import find_nodes
        from postgast import pg_query_pb2 as pb

        if kind is pb.UpdateStmt:
            return self._is_own(node.relation.relname)
        merges = find_nodes(self.parsed, pb.MergeStmt) if kind is pb.MergeWhenClause else ()
        if any(self._is_own(m.relation.relname) for m in merges):
            return bool(node.command_type == pb.CMD_UPDATE)
        return False  # an insert into the own table is refused anyway

    def _no(self, said: str, hint: str) -> NoReturn:
        _refuse(self.script, self.statement.start, said, hint)


def _ranges(parsed: Any) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each key range that limits rows."""
    yield from (columns for _, columns in _bounds(parsed) if columns)


def _bounds(parsed: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield what key ranges are made of: parts of a WHERE, or of an inner join's ON; columns with the last part."""
    from postgast import find_nodes
    from postgast import pg_query_pb2 as pb

    holders = [node.where_clause for kind in (pb.SelectStmt, pb.UpdateStmt, pb.DeleteStmt)
               for node in find_nodes(parsed, kind)]  # fmt: skip
    holders += [node.quals for node in find_nodes(parsed, pb.JoinExpr) if node.jointype == pb.JOIN_INNER]
    for holder in holders:
        low: dict[tuple[str, ...], Any] = {}
        high: dict[tuple[str, ...], Any] = {}
        for part in _conjuncts(holder):
            expression = part.a_expr
            columns = _columns(expression.lexpr)
            name = expression.name[0].string.sval if expression.name else ""
            right = [_number(item) for item in expression.rexpr.list.items] or [_number(expression.rexpr)]
            if expression.kind == pb.AEXPR_BETWEEN and right == [1, 2] and columns:
                yield part, columns
            elif expression.kind == pb.AEXPR_OP and (name, right) == (">=", [1]) and columns:
                low[columns] = part
            elif expression.kind == pb.AEXPR_OP and (name, right) == ("<=", [2]) and columns:
                high[columns] = part
        for columns in low.keys() & high.keys():
            yield low[columns], ()
            yield high[columns], columns


def _conjuncts(node: Any) -> Iterator[Any]:
    from postgast import pg_query_pb2 as pb

    if node.WhichOneof("node") == "bool_expr" and node.bool_expr.boolop == pb.AND_EXPR:
        for part in node.bool_expr.args:
            yield from _conjuncts(part)
    else:
        yield node


def _columns(node: Any) -> tuple[str, ...]:
    """Return the names of a column or of a row of columns, nothing for any other expression."""
    kind = node.WhichOneof("node")
    if kind == "row_expr":
        every = [_columns(part) for part in node.row_expr.args]
        return tuple(names[0] for names in every) if every and all(len(names) == 1 for names in every) else ()
    if kind != "column_ref":
        return ()
    last = node.column_ref.fields[-1]
    return (last.string.sval,) if last.WhichOneof("node") == "string" else ()


def _number(node: Any) -> int:
    return node.param_ref.number if node.WhichOneof("node") == "param_ref" else 0


def _params(parsed: Any) -> Iterator[Any]:
    from postgast import find_nodes
    from postgast import pg_query_pb2 as pb

    yield from find_nodes(parsed, pb.ParamRef)


def _refuse(script: Script, offset: int, said: str, hint: str) -> NoReturn:
    where = script.place(offset)
    raise FileError(
        f"{script.path}:{where.line}: {said}",
        detail=[f"{where.line:>5} | {where.text[:160]}"],
        hint=hint,
        where=Where(str(script.path), where.line, where.column, said),
    )


def said_of(columns: Sequence[str]) -> str:
    """Return a key's columns as words: id, or (school, id)."""
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
