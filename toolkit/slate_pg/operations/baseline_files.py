"""What the files of a baseline are called in each layout, and how they come to lie in the folder.

Each is complete when it has its name: a kill between two of them leaves the way there without its way back, which every
command names.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from slate_pg.config import Product
from slate_pg.errors import Misuse
from slate_pg.migrations.files import ROLLBACK_SUFFIX, Migration
from slate_pg.migrations.folders import find_format

Files = Callable[[str, str, str, str], dict[str, str]]  # number, name, way there, way back: text by path
_NUMBERED = re.compile(r"^(.*?\d{3,})[_-]")
_NAME = re.compile(r"^[a-z][a-z0-9_]*\Z")
_VERSION = re.compile(r"^[VB]?(\d[\d._-]*)")


def _own(identifier: str, up: str, down: str) -> dict[str, str]:
    return {f"{identifier}.sql": up, f"{identifier}{ROLLBACK_SUFFIX}": down}


def _pairs(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}.up.sql": up, f"{number}_{name}.down.sql": down}


def _diesel(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}/up.sql": up, f"{number}_{name}/down.sql": down}


def _prisma(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}/migration.sql": up, f"{number}_{name}/down.sql": down}


def _supabase(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}.sql": up}


def _flyway(number: str, name: str, up: str, down: str) -> dict[str, str]:
    conf = {f"B{number}__{name}.sql.conf": "placeholderReplacement=false\n"} if "${" in up else {}
    return {f"B{number}__{name}.sql": up, **conf}


def _dbmate(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}.sql": f"-- migrate:up\n{up}\n-- migrate:down\n{down}"}


def _goose(number: str, name: str, up: str, down: str) -> dict[str, str]:
    def one(text: str) -> str:
        return f"-- +goose StatementBegin\n{text}-- +goose StatementEnd\n"

    return {f"{number}_{name}.sql": f"-- +goose Up\n{one(up)}\n-- +goose Down\n{one(down)}"}


def _node(number: str, name: str, up: str, down: str) -> dict[str, str]:
    return {f"{number}_{name}.sql": f"-- Up Migration\n{up}\n-- Down Migration\n{down}"}


_BY_LAYOUT: dict[str, Files] = {
    "golang-migrate": _pairs, "dbmate": _dbmate, "goose": _goose, "node-pg-migrate": _node, "flyway": _flyway,
    "prisma": _prisma, "diesel": _diesel, "supabase": _supabase,
}  # fmt: skip
_UNIQUE = ("golang-migrate", "goose", "diesel", "supabase", "dbmate", "node-pg-migrate")  # a number is one migration
_ON_ONE_WAY = ("flyway", "supabase")


def refuse_layout(product: Product) -> None:
    """Misuse for a layout in which only its tool can write. Reads only."""
    layout = find_format(product)
    if layout is not None and layout.name not in _BY_LAYOUT:
        raise Misuse(
            f"{product.migrations} is in the layout of {layout.tools}, in which a baseline has no place",
            hint="It has more to a migration than its file. Keep its files, or move the project to Slate's own layout.",
        )


def name_files(
    product: Product, ordered: Sequence[Migration], last: Migration, name: str, *, removes: bool
) -> tuple[str, Callable[[str, str], dict[Path, str]]]:
    """Return the id of a baseline that stands for everything up to `last`, and what puts its texts into files.

    Misuse for a name that is none, or is taken, and where no number is left for it beside the files that it replaces.
    """
    if not _NAME.match(name):
        raise Misuse(f'"{name}" is not a baseline\'s name', hint="Use lower case and underscores: baseline_2026.")
    layout = find_format(product)
    if layout is None:
        found = _NUMBERED.match(last.id)
        identifier = f"{found[1] if found else last.id}_{name}"
        texts = partial(_own, identifier)
    else:
        number = _number(layout.name, ordered, last, removes=removes)
        texts = partial(_BY_LAYOUT[layout.name], number, name)
        identifier = re.sub(r"(?:\.up)?\.sql$|/.*$", "", next(iter(texts("", ""))))
    if identifier in {m.id for m in ordered} or any((product.migrations / path).exists() for path in texts("", "")):
        raise Misuse(f'"{identifier}" is there already', hint="Say --name for another.")
    return identifier, lambda up, down: {product.migrations / p: t for p, t in texts(up, down).items()}


def _number(layout: str, ordered: Sequence[Migration], last: Migration, *, removes: bool) -> str:
    """Return the last one's number, so that its tool takes the baseline for done where that is; or the one behind."""
    found = _VERSION.match(last.id)
    number = (found[1] if found else "").rstrip("_-.")
    if layout == "flyway":
        return number
    if not number:
        raise Misuse(f'"{last.id}" has no number for the baseline to take', hint="Choose another --at.")
    if removes or layout not in _UNIQUE:
        return number
    end = re.search(r"\d+\Z", number)
    following = number[: end.start()] + str(int(end[0]) + 1).zfill(len(end[0])) if end else number
    taken = {re.sub(r"\D", "", f[1]) for m in ordered if (f := _VERSION.match(m.id))}
    if len(following) > len(number) or re.sub(r"\D", "", following) in taken:
        raise Misuse(
            f"no number is free behind {last.id}, and two files of one number are not allowed in this layout",
            hint="Say --remove, so that the baseline takes its number, or choose an --at before a gap.",
        )
    return following


def is_one_way(product: Product) -> bool:
    """Tell whether a baseline has no rollback in this layout. Reads only."""
    layout = find_format(product)
    return layout is not None and layout.name in _ON_ONE_WAY


def write_files(texts: dict[Path, str]) -> list[Path]:
    """Write files that are not there, the way there first, each complete before it has its name. Writes."""
    written = []
    for path, text in texts.items():
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f".{path.name}.slate-tmp")
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        written.append(path)
    return written


@dataclass(frozen=True)
class Removed:
    """Files of a folder that are aside until it is clear that the folder reads without them."""

    folder: Path
    aside: Path
    paths: list[Path]

    def put_back(self) -> None:
        """Have them as they were. Writes."""
        for path in self.paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.aside / path.relative_to(self.folder), path)
        shutil.rmtree(self.aside, ignore_errors=True)

    def forget(self) -> list[Path]:
        """Remove them for good, with the folders that hold nothing any more, and return them. Writes."""
        shutil.rmtree(self.aside, ignore_errors=True)
        for folder in {path.parent for path in self.paths} - {self.folder}:
            with contextlib.suppress(OSError):
                folder.rmdir()
        return self.paths


def remove_files(product: Product, replaced: Sequence[Migration], kept: Sequence[Path]) -> Removed:
    """Take the files of replaced migrations out of the folder, with what their tool keeps beside them. Writes."""
    root = product.migrations
    found: dict[Path, None] = {}
    for migration in replaced:
        own = migration.apply.path.parent
        if own != root and own.name == migration.id:
            found |= dict.fromkeys(p for p in sorted(own.rglob("*")) if p.is_file())
        for script in (migration.rollback, migration.apply):
            if script is not None:
                found |= dict.fromkeys([script.path.with_name(f"{script.path.name}.conf"), script.path])
    removed = Removed(root, root / ".slate-replaced", [p for p in found if p.is_file() and p not in kept])
    for path in removed.paths:
        target = removed.aside / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
    return removed
