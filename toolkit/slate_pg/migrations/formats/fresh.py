"""What a new migration is called in each layout, and what stands in it before anybody has filled it in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from slate_pg.migrations.files import Migration

Fresh = Callable[[str, str, bool], dict[str, str]]  # number, name, transactional: text by path
_TIMESTAMP, _SECONDS, _MILLISECONDS = 14, 10, 13  # digits
_WHY = "-- Why:  \n-- Lock: . Rollback loses: .\n\n"


def _back(name: str) -> str:
    return f"-- The mirror of {name}, in reverse order: no CASCADE, no IF EXISTS.\n\n"


def _pairs(number: str, name: str, transactional: bool) -> dict[str, str]:
    head = "" if transactional else "-- no-transaction\n"
    stem = f"{number}_{name}"
    return {f"{stem}.up.sql": head + _WHY, f"{stem}.down.sql": head + _back(stem)}


def _dbmate(number: str, name: str, transactional: bool) -> dict[str, str]:
    option = "" if transactional else " transaction:false"
    up, down = f"-- migrate:up{option}\n{_WHY}", f"-- migrate:down{option}\n{_back(name)}"
    return {f"{number}_{name}.sql": f"{up}\n{down}"}


def _goose(number: str, name: str, transactional: bool) -> dict[str, str]:
    head = "" if transactional else "-- +goose NO TRANSACTION\n"
    return {f"{number}_{name}.sql": f"{head}-- +goose Up\n{_WHY}\n-- +goose Down\n{_back(name)}"}


def _node(number: str, name: str, transactional: bool) -> dict[str, str]:
    return {f"{number}_{name}.sql": f"-- Up Migration\n{_WHY}\n-- Down Migration\n{_back(name)}"}


def _flyway(number: str, name: str, transactional: bool) -> dict[str, str]:
    stem = f"V{number}__{name}"
    texts = {f"{stem}.sql": _WHY, f"U{number}__{name}.sql": _back(stem)}
    return texts if transactional else {**texts, f"{stem}.sql.conf": "executeInTransaction=false\n"}


def _prisma(number: str, name: str, transactional: bool) -> dict[str, str]:
    return {f"{number}_{name}/migration.sql": _WHY}


def _diesel(number: str, name: str, transactional: bool) -> dict[str, str]:
    stem = f"{number}_{name}"
    texts = {f"{stem}/up.sql": _WHY, f"{stem}/down.sql": _back(stem)}
    return texts if transactional else {**texts, f"{stem}/metadata.toml": "run_in_transaction = false\n"}


def _supabase(number: str, name: str, transactional: bool) -> dict[str, str]:
    return {f"{number}_{name}.sql": _WHY}


BY_LAYOUT: dict[str, Fresh] = {
    "golang-migrate": _pairs, "dbmate": _dbmate, "goose": _goose, "node-pg-migrate": _node, "flyway": _flyway,
    "prisma": _prisma, "diesel": _diesel, "supabase": _supabase,
}  # fmt: skip


def next_number(ordered: Sequence[Migration]) -> str:
    """Return the number of the next migration, of the kind that the last one has: a moment, or one more than it.

    diesel's dates with hyphens get a moment; Flyway's 1.2 is followed by 2.
    """
    now = datetime.now(UTC)
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
    return str(int(last) + 1).zfill(len(last))
