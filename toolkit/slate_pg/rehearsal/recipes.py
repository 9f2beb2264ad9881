"""Knows how to reach the same in steps that let others work. Pure."""

from __future__ import annotations

import re

from slate_pg.rehearsal.findings import Observed, Work

_CHANGES = ("update", "delete", "merge", "merge deleting", "move", "insert", "copy", "lock rows")
_BATCHES = (
    "Change the rows in a migration of their own that takes no stronger lock, a backfill: in batches by key, each its "
    "own transaction (`-- backfill: TABLE, ROWS`)."
)
_PARTITION = (
    "ADD a CHECK to the DEFAULT that says it holds none of the rows, NOT VALID, and VALIDATE it; make the table by "
    "itself and ATTACH it: nothing is scanned."
)
_RECIPES = (
    (
        r"add\s+(?:column\s+)?.*\b(?:default|generated|serial|identity)\b",
        "Add the column without a default, SET DEFAULT for new rows, fill the old ones in batches with a "
        "`-- backfill: TABLE, ROWS` migration, then make it NOT NULL by way of a validated CHECK.",
    ),
    (
        r"alter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b",
        "Add a column of the new type, keep both in step with a trigger, fill it in batches, then swap the names.",
    ),
    (
        r"set\s+not\s+null",
        "ADD CHECK (column IS NOT NULL) NOT VALID; in the next migration VALIDATE CONSTRAINT; then SET NOT NULL "
        "(proven by the check, no scan) and drop the check.",
    ),
    (
        r"foreign\s+key|references",
        "ADD the foreign key NOT VALID; VALIDATE CONSTRAINT in the next migration, which lets reads and writes go on.",
    ),
    (
        r"\bcheck\s*\(",
        "ADD the CHECK NOT VALID; VALIDATE CONSTRAINT in the next migration, which lets reads and writes go on.",
    ),
    (
        r"\b(?:unique|primary\s+key)\b.*|\badd\s+constraint\b.*\b(?:unique|primary)\b",
        "CREATE UNIQUE INDEX CONCURRENTLY in a `-- transactional: false` migration, then ADD CONSTRAINT … USING INDEX.",
    ),
    (r"create\s+index", "CREATE INDEX CONCURRENTLY in a `-- transactional: false` migration of its own."),
    (
        r"attach\s+partition",
        "First add a CHECK that implies the bounds, NOT VALID, and validate it: ATTACH then skips the scan.",
    ),
    (r"refresh\s+materialized", "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view."),
    (r"vacuum\s+full|cluster", "pg_repack or pg_squeeze, which work beside readers and writers."),
)


def recipe(observed: Observed, work: Work) -> str:
    """Return how to reach the same in steps that let others work, empty where there is no known way."""
    text = re.sub(r"\s+", " ", observed.sql)
    if work.kind in _CHANGES:
        return _BATCHES
    if re.match(r"create table .*\bpartition of\b", text, re.I):
        return _PARTITION
    if work.kind == "index build" and re.match(r"create (?:unique )?index", text, re.I):
        return _RECIPES[6][1]
    return next((advice for pattern, advice in _RECIPES if re.search(pattern, text, re.I)), "")
