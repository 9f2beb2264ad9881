"""Holds a ledger's texts against their checksums and against the files: what does not agree is never run.

Pure. A ledger can be written by whoever owns its schema: it says what was applied, and may lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from slate_pg.migrations.files import Migration, Script, agrees, same_but_for_comments
from slate_pg.migrations.recorded import Recorded

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
    variables: Recorded | None = None


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
    known = entry.variables
    undo = file.rollback.recorded(known) if file and file.rollback else None
    sums = (known.body, known.rollback_body) if known else (entry.checksum, entry.rollback_checksum)
    which = {
        "apply": _differing(entry.text, entry.checksum, sums[0], file.apply.recorded(known) if file else None),
        # A rollback may be mended after it was applied: a file that reads otherwise is no finding by itself.
        "rollback": "" if agrees(entry.rollback_text, sums[1])
        else _differing(entry.rollback_text, entry.rollback_checksum, sums[1], undo),
    }  # fmt: skip
    return [Mismatch(entry.schema, entry.id, script, said) for script, said in which.items() if said]


def _differing(text: str | None, checksum: str | None, of_text: str | None, file: Script | None) -> str:
    """Return what differs; `of_text` is the checksum of the ledger's text, which has values where the file has none."""
    if agrees(text, of_text):
        if file is None or (file.checksum == checksum and (text is None or file.kept in (None, text))):
            return ""
        if text is not None and file.kept is not None and same_but_for_comments(file.kept, text):
            return ""
        return TEXT if file.checksum == checksum else FILE
    if file is not None and file.checksum == checksum:
        return TEXT
    if file is not None and file.kept == text:
        return CHECKSUM
    return f"{TEXT} or {CHECKSUM}"


def of_operator(entry: Entry, file: Migration | None) -> bool:
    """Tell whether the text of a migration is one that the operator has as a file, and with these values. Pure."""
    if file is None or find_mismatches(entry, file):
        return False
    return not file.apply.has_variables or file.apply.kept == entry.text


def files_of(schema: str, entries: Mapping[str, Entry], files: Mapping[str, Migration], own: bool) -> bool:
    """Tell whether a schema's ledger is of these files: it is the product's own, or one text is word for word. Pure."""
    return own or any(name in files and files[name].apply.checksum == entry.checksum for name, entry in entries.items())
