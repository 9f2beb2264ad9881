"""Holds a ledger's texts against their checksums and against the files: what does not agree is never run.

Pure. A ledger can be written by whoever owns its schema: it says what was applied, and may lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from slate_pg.migrations.files import Migration, Script, agrees, same_but_for_comments

TEXT, CHECKSUM, FILE = "text", "checksum", "file"


@dataclass(frozen=True)
class Entry:
    """One applied migration as the ledger of a schema keeps it: when, by whom, both texts and their checksums."""

    schema: str
    id: str
    applied_at: datetime
    role: str
    text: str | None
    checksum: str
    rollback_text: str | None = None
    rollback_checksum: str | None = None


@dataclass(frozen=True)
class Mismatch:
    """A migration of which text, checksum and file do not say the same.

    `script` is "apply" or "rollback"; `which` says what differs from the others: "text", "checksum", "file", or
    "text or checksum" where there is no file to tell.
    """

    schema: str
    id: str
    script: str
    which: str

    severity = "security"

    def __str__(self) -> str:
        what = "" if self.script == "apply" else "rollback's "
        said = {
            TEXT: f"the {what}text in the ledger is not what its checksum and the file say",
            CHECKSUM: f"the {what}checksum in the ledger is not that of its text and the file",
            FILE: "the file is not what the ledger's text and checksum say",
            f"{TEXT} or {CHECKSUM}": f"the {what}text in the ledger and its checksum do not agree, and no file tells",
        }
        return f"migration {self.id} of {self.schema}: {said[self.which]}"


def find_mismatches(entry: Entry, file: Migration | None) -> list[Mismatch]:
    """Return what does not agree about one migration; a file that differs only in comments does agree. Pure."""
    undo = file.rollback if file else None
    which = {
        "apply": _differing(entry.text, entry.checksum, file.apply if file else None),
        # A rollback may be mended after it was applied: a file that reads otherwise is no finding by itself.
        "rollback": "" if agrees(entry.rollback_text, entry.rollback_checksum)
        else _differing(entry.rollback_text, entry.rollback_checksum, undo),
    }  # fmt: skip
    return [Mismatch(entry.schema, entry.id, script, said) for script, said in which.items() if said]


def _differing(text: str | None, checksum: str | None, file: Script | None) -> str:
    if agrees(text, checksum):
        if file is None or file.checksum == checksum:
            return ""
        return "" if text is not None and not file.is_big and same_but_for_comments(file.text, text) else FILE
    if file is not None and file.checksum == checksum:
        return TEXT
    if file is not None and file.kept == text:
        return CHECKSUM
    return f"{TEXT} or {CHECKSUM}"


def of_operator(entry: Entry, file: Migration | None) -> bool:
    """Tell whether the text of a migration is one that the operator has as a file. Pure."""
    return file is not None and not find_mismatches(entry, file)


def files_of(schema: str, entries: Mapping[str, Entry], files: Mapping[str, Migration], own: bool) -> bool:
    """Tell whether a schema's ledger is of these files: it is the product's own, or one text is word for word. Pure."""
    return own or any(name in files and files[name].apply.checksum == entry.checksum for name, entry in entries.items())
