"""Looks at a script once, fast, to learn whether it must be split: most need not be, and splitting takes time.

Pure. Every answer errs on the side of yes; `statements`, which is slow to load and slow to run, then says what is
really there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# PostgreSQL takes every character beyond ASCII for a letter. These sets say what is no letter, digit or underscore:
# sets that say what is one, up to the last character there is, take milliseconds to compile.
_NO_LETTER = r"\x00-@\[-^`{-\x7f"
_NO_WORD = r"\x00-/:-@\[-^`{-\x7f"
_NO_WORD_OR_DOLLAR = r"\x00-#%-/:-@\[-^`{-\x7f"
DOLLAR_TAG = rf"(?:[^{_NO_LETTER}][^{_NO_WORD}]*+)?"
# Quotes, one-line comments and dollar quotes. Each alternative looks back at the character it starts with, because a
# search for one of four characters is ten times as fast as a search for one of four patterns.
_HIDDEN = (
    r"['\"$-](?:(?<=')[^']*+'"
    r"|(?<=\")[^\"]*+\""
    r"|(?<=-)-[^\r\n]*+"
    rf"|(?<=\$)(?<![^{_NO_WORD_OR_DOLLAR}]\$)({DOLLAR_TAG})\$(?:[^$]++|\$(?!\1\$))*+\$\1\$)"
)
_ENDS = r"(?:begin|start|commit|end|abort|rollback|prepare|discard)\b"


CopyData = str | Iterable[bytes]  # the lines behind COPY … FROM stdin: text, or chunks of UTF-8 that come once


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a script that goes to the server in one message.

    `offset` is where it stands in the script; `copy_data` answers its last statement; `lifts_timeout` is true where
    that may have changed lock_timeout.
    """

    sql: str
    offset: int = 0
    copy_data: CopyData | None = None
    lifts_timeout: bool = False


def may_end_transaction(text: str) -> bool:
    """Return False where no statement of a script can be COMMIT or its kin, nor a command of psql."""
    if "\\" in text:
        return True
    if "/*" in text:  # such comments nest, which no pattern can follow
        return bool(re.search(rf"\b{_ENDS}", text, re.I))
    return bool(re.search(rf"(?:\A|;)\s*{_ENDS}", re.sub(_HIDDEN, " ", text), re.I))


def may_hold_copy_data(text: str) -> bool:
    r"""Return False where a script has neither COPY data nor pg_dump's \restrict lines."""
    return "\\" in text or "stdin" in text.lower()


def may_lift_lock_timeout(text: str) -> bool:
    """Return False where no statement of a script names lock_timeout or resets all settings."""
    lower = text.lower()
    return "lock_timeout" in lower or ("reset" in lower and bool(re.search(r"\breset\s+all\b", lower)))
