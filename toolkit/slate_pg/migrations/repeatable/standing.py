"""How a repeatable file stands: what the folder has of it against the text that is applied. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from slate_pg.migrations.script import Script, agrees

CURRENT, NEW, CHANGED, COMMENTS, GONE = "current", "new", "changed", "comments changed", "gone from the folder"
MISSING = "dropped since"


@dataclass(frozen=True)
class Row:
    """One text that was applied: when, by which role, and the text that it took the place of ("" for none).

    `made` are the addresses of what its file defines, as the ledger keeps them; None where that is not known.
    """

    name: str
    number: int
    applied_at: datetime
    role: str
    checksum: str
    text: str
    before_checksum: str | None = None
    before: str | None = None
    made: str | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether both texts are those of their checksums."""
        return agrees(self.text, self.checksum) and agrees(self.before, self.before_checksum)


@dataclass(frozen=True)
class Standing:
    """One repeatable file against the ledger; `row` is the text that is applied, `script` what the folder has."""

    name: str
    state: str
    script: Script | None
    row: Row | None

    @property
    def is_pending(self) -> bool:
        """Tell whether an apply would run it."""
        return self.state in (NEW, CHANGED, MISSING)
