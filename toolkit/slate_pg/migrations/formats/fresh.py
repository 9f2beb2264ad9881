"""What a new migration is called in each layout, and what stands in it, filled in or to be filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slate_pg.migrations.files import Migration

_TIMESTAMP, _SECONDS, _MILLISECONDS = 14, 10, 13  # digits
_WHY = "-- Why:  \n-- Lock: . Rollback loses: .\n\n"


@dataclass(frozen=True)
class Draft:
    """A migration to be written: its name, and its two texts where they are known; else they are to be filled in."""

    name: str
    apply: str = ""
    rollback: str = ""
    transactional: bool = True
    rollback_transactional: bool = True

    @property
    def there(self) -> str:
        """The text of the way there."""
        return self.apply or _WHY

    def back(self, name: str) -> str:
        """Return the text of the way back from a migration of that name."""
        return self.rollback or f"-- The mirror of {name}, in reverse order: no CASCADE, no IF EXISTS.\n\n"


Fresh = Callable[[str, Draft], dict[str, str]]  # number, what is to be written: text by path
UNSWITCHED = ("node-pg-migrate", "prisma", "supabase")  # have no word for a file without a transaction


def _pairs(number: str, draft: Draft) -> dict[str, str]:
    head, undo = ("" if one else "-- no-transaction\n" for one in (draft.transactional, draft.rollback_transactional))
    stem = f"{number}_{draft.name}"
    return {f"{stem}.up.sql": head + draft.there, f"{stem}.down.sql": undo + draft.back(stem)}


def _dbmate(number: str, draft: Draft) -> dict[str, str]:
    option, undo = ("" if one else " transaction:false" for one in (draft.transactional, draft.rollback_transactional))
    up, down = f"-- migrate:up{option}\n{draft.there}", f"-- migrate:down{undo}\n{draft.back(draft.name)}"
    return {f"{number}_{draft.name}.sql": f"{up}\n{down}"}


def _goose(number: str, draft: Draft) -> dict[str, str]:
    head = "" if draft.transactional and draft.rollback_transactional else "-- +goose NO TRANSACTION\n"
    back = draft.back(draft.name)
    return {f"{number}_{draft.name}.sql": f"{head}-- +goose Up\n{draft.there}\n-- +goose Down\n{back}"}


def _node(number: str, draft: Draft) -> dict[str, str]:
    text = f"-- Up Migration\n{draft.there}\n-- Down Migration\n{draft.back(draft.name)}"
    return {f"{number}_{draft.name}.sql": text}


def _flyway(number: str, draft: Draft) -> dict[str, str]:
    stem, undo = f"V{number}__{draft.name}", f"U{number}__{draft.name}"
    texts = {f"{stem}.sql": draft.there, f"{undo}.sql": draft.back(stem)}
    for name, transactional in ((stem, draft.transactional), (undo, draft.rollback_transactional or not draft.apply)):
        texts |= {} if transactional else {f"{name}.sql.conf": "executeInTransaction=false\n"}
    return texts


def _prisma(number: str, draft: Draft) -> dict[str, str]:
    return {f"{number}_{draft.name}/migration.sql": draft.there}


def _diesel(number: str, draft: Draft) -> dict[str, str]:
    stem = f"{number}_{draft.name}"
    texts = {f"{stem}/up.sql": draft.there, f"{stem}/down.sql": draft.back(stem)}
    alone = not (draft.transactional and draft.rollback_transactional)
    return {**texts, f"{stem}/metadata.toml": "run_in_transaction = false\n"} if alone else texts


def _supabase(number: str, draft: Draft) -> dict[str, str]:
    return {f"{number}_{draft.name}.sql": draft.there}


BY_LAYOUT: dict[str, Fresh] = {
    "golang-migrate": _pairs, "dbmate": _dbmate, "goose": _goose, "node-pg-migrate": _node, "flyway": _flyway,
    "prisma": _prisma, "diesel": _diesel, "supabase": _supabase,
}  # fmt: skip


def next_number(ordered: Sequence[Migration], ahead: int = 0) -> str:
    """Return the number of the next migration, of the kind that the last one has: a moment, or one more than it.

    diesel's dates with hyphens get a moment; Flyway's 1.2 is followed by 2. `ahead` is how many are written before it,
    each a second later than the one before.
    """
    now = datetime.now(UTC) + timedelta(seconds=ahead)
    heads = [re.match(r"[VU]?(\d+)", m.id) for m in ordered]
    last = max((h[1] for h in heads if h), key=int, default="")
    hyphenated = bool(ordered) and bool(re.match(r"\d{4}-\d\d-\d\d-", ordered[-1].id))
    moments = {
        _TIMESTAMP: now.strftime("%Y%m%d%H%M%S"),
        _SECONDS: str(int(now.timestamp())),
        _MILLISECONDS: str(int(now.timestamp() * 1000)),
    }
    if hyphenated:
        return now.strftime("%Y-%m-%d-%H%M%S")
    if not last or (len(last) in moments and int(moments[len(last)]) > int(last)):
        return moments[len(last) or _TIMESTAMP]
    return str(int(last) + 1 + ahead).zfill(len(last))
