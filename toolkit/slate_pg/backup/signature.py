"""Shows that a backup is the one that was written: an HMAC over its manifest, which has the sums of all its files.

Sums alone show damage; whoever can write the folder can write them anew. The key is never stored beside a backup.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path

from slate_pg.conninfo import learn
from slate_pg.errors import Misuse, SlateError

SIGNATURE = "manifest.hmac"
_SHORTEST = 16  # bytes of a key


def read_key(source: str, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the key of an environment variable, or of a file where the source is a path. Reads only.

    White space at its ends is no part of it; 16 bytes are the least. Misuse without such a key.
    """
    if re.fullmatch(r"\w+", source, re.ASCII) and not Path(source).is_file():
        text = environ.get(source, "").encode("utf-8", "surrogateescape")
        missing = f"{source} is not set, and no file of that name is there"
    else:
        missing = f"the key's file {source} cannot be read"
        try:
            text = Path(source).read_bytes()
        except (OSError, ValueError):
            text = b""
    key = text.strip()
    learn([key.decode("utf-8", "replace")])
    if len(key) < _SHORTEST:
        raise Misuse(
            f"the key of {source} is shorter than {_SHORTEST} bytes" if key else missing,
            hint="Make one: openssl rand -hex 32. Say --sign-key-from with a variable's name or a file's path.",
        )
    return key


def sign(folder: Path, manifest: str, key: bytes) -> None:
    """Write the signature of a backup's manifest beside it. Writes."""
    (folder / SIGNATURE).write_text(_mac((folder / manifest).read_bytes(), key) + "\n", encoding="ascii")


def is_signed(folder: Path) -> bool:
    """Return whether a backup has a signature, of whomever. Reads only."""
    return (folder / SIGNATURE).is_file()


def check_signature(folder: Path, manifest: str, key: bytes) -> bytes:
    """Return the manifest's bytes if they were signed with this key. SlateError if not. Reads only."""
    if not is_signed(folder):
        raise SlateError(
            f"the backup {folder} is not signed", hint="Nothing was restored. Leave the key out only if you trust it."
        )
    text = (folder / manifest).read_bytes()
    if not hmac.compare_digest((folder / SIGNATURE).read_bytes().strip(), _mac(text, key).encode("ascii")):
        raise SlateError(
            f"the backup {folder} was not written with this key, or was changed since",
            hint="Nothing was restored. Use another backup, or the key it was signed with.",
        )
    return text


def _mac(text: bytes, key: bytes) -> str:
    return hmac.new(key, b"slate backup\n" + text, hashlib.sha256).hexdigest()
