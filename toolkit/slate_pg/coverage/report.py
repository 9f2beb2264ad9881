"""Sums up what was measured: by schema and kind, and what was never reached. Pure: values in, lines and JSON out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from slate_pg.coverage.model import Measured, Unmeasured

TITLES = {
    "statement": "statements", "branch": "branches", "trigger": "triggers", "policy": "policies", "check": "checks",
    "constraint": "constraints", "privilege": "privileges", "denial": "denials",
}  # fmt: skip
_SHOWN = 40  # lines of what was never reached


@dataclass(frozen=True)
class Coverage:
    """What a run of tests reached; `lost` are databases that were gone before they were read.

    `judged` are the tests that failed on a database that counts and passed on one that does not: their outcome is that.
    """

    measured: tuple[Measured, ...]
    unmeasured: tuple[Unmeasured, ...] = ()
    lost: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """How much of all that is counted was reached, from 0 to 100; 100 where nothing is counted."""
        return percent(self.measured)


def percent(measured: Sequence[Measured]) -> float:
    """Return the share that was reached, from 0 to 100."""
    return 100 * sum(m.reached for m in measured) / len(measured) if measured else 100.0


def table(coverage: Coverage) -> list[tuple[str, ...]]:
    """Return head, a row a schema, and the sum: reached of all, kind by kind, and in per cent."""
    kinds = [kind for kind in TITLES if any(m.item.kind == kind for m in coverage.measured)]
    rows = [("schema", *(TITLES[kind] for kind in kinds), "reached")]
    by_schema = groupby(sorted(coverage.measured, key=lambda m: m.item.schema), key=lambda m: m.item.schema)
    parts = [(schema, list(found)) for schema, found in by_schema]
    for name, found in [*parts, *([("all", list(coverage.measured))] if len(parts) > 1 else [])]:
        cells = ([m for m in found if m.item.kind == kind] for kind in kinds)
        shares = (f"{sum(m.reached for m in cell)}/{len(cell)}" if cell else "-" for cell in cells)
        rows.append((name, *shares, f"{percent(found):.1f} %"))
    return rows


def lines(coverage: Coverage) -> list[str]:
    """Return the table, and what was never reached, object by object with its file and line."""
    rows = table(coverage)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    said = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    missed = [m for m in coverage.measured if not m.reached]
    objects = [list(found) for _, found in groupby(missed, key=lambda m: (m.item.schema, m.item.object))]
    if missed:
        said += ["", f"never reached, in {len(objects)} objects:"]
        said += [line for found in objects[:_SHOWN] for line in _missed(found)]
    if len(objects) > _SHOWN:
        said.append(f"  … and in {len(objects) - _SHOWN} more objects; --coverage-json FILE has all of it")
    said += [f"not measured: {u.schema}.{u.object}: {u.why}" for u in coverage.unmeasured]
    if coverage.lost:
        said.append(f"not read, for they were gone or shut: {len(coverage.lost)} databases, {coverage.lost[0]} first")
    if coverage.judged:
        said.append("judged on a database that does not count, for they see the counting calls (plans, definitions):")
        said += [f"  {name}" for name in coverage.judged]
    return said


def _missed(found: Sequence[Measured]) -> list[str]:
    """Return one object with the lines of its statements that never ran, and a line for all else of it."""
    item = found[0].item
    ran = sorted({m.item.at or m.item.line for m in found if m.item.kind == "statement"})
    where = f"{item.file}:" if item.file else "line "
    head = f"  {item.schema}.{item.object}" + (f"  {where}{ranges(ran)}" if ran else "")
    other = [m for m in found if m.item.kind != "statement"]
    return [head, *(f"      {m.wanting}: {m.item.kind} {m.item.said}{_line(m)}" for m in other)]


def _line(measured: Measured) -> str:
    return f" (line {measured.item.at or measured.item.line})" if measured.item.line else ""


def ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as 3-5, 9. Pure."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)


def as_json(coverage: Coverage) -> dict[str, Any]:
    """Return all of it for a program: sums by schema and kind, every item with its counts, what was refused."""
    items: Iterable[Measured] = coverage.measured
    schemas: dict[str, dict[str, dict[str, int]]] = {}
    for m in items:
        cell = schemas.setdefault(m.item.schema, {}).setdefault(m.item.kind, {"reached": 0, "total": 0})
        cell["reached"] += m.reached
        cell["total"] += 1
    return {
        "percent": round(coverage.percent, 2),
        "schemas": schemas,
        "items": [_item(m) for m in items],
        "unmeasured": [asdict(u) for u in coverage.unmeasured],
        "lost": list(coverage.lost),
        "judged_without_counting": list(coverage.judged),
    }


def _item(measured: Measured) -> dict[str, Any]:
    item, counts = measured.item, measured.counts
    said = {"schema": item.schema, "object": item.object, "kind": item.kind, "said": item.said, "line": item.line}
    said["wanting"] = measured.wanting
    place = {"file": item.file or None, "file_line": item.at or None}
    if len(counts) == 3:
        outcomes = dict(zip(("true", "false", "null"), counts, strict=True))
        return {**said, **place, "reached": measured.reached, **outcomes}
    return {**said, **place, "reached": measured.reached, "count": sum(counts)}
