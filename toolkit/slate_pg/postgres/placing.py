"""Says where a byte of a big script stands: its line, its column, and what stands around it. Reads only."""

from __future__ import annotations

import codecs
from pathlib import Path

from slate_pg.postgres.statements import Place

CHUNK = 1 << 20
_SHOWN = 400  # bytes of a line, before and behind a place in it


def place_in(path: Path, offset: int) -> Place:
    """Return line and column, from 1, of a byte of a script, and what stands around it. Reads only."""
    line, start, read = 1, 0, 0
    with path.open("rb") as file:
        mark = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(mark)
        while read < offset and (chunk := file.read(min(CHUNK, offset - read))):
            if breaks := chunk.count(b"\n"):
                line, start = line + breaks, read + chunk.rindex(b"\n") + 1
            read += len(chunk)
        column = 1
        file.seek(mark + start)
        left = offset - start
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            column += sum(1 for b in chunk if b & 0xC0 != 0x80) if not chunk.isascii() else len(chunk)
            left -= len(chunk)
        begin = max(start, offset - _SHOWN)
        file.seek(mark + begin)
        around = file.read(offset - begin + _SHOWN)
    shown = around[: offset - begin].decode("utf-8", "ignore")
    text = shown + around[offset - begin :].partition(b"\n")[0].decode("utf-8", "ignore").rstrip("\r")
    return Place(line, column, text, column - 1 - len(shown))


def line_start(path: Path, offset: int, number: int) -> int:
    """Return where the nth line behind the one at an offset starts; the end where there are fewer. Reads only."""
    with path.open("rb") as file:
        mark = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
        file.seek(mark + offset)
        while chunk := file.read(CHUNK):
            breaks = chunk.count(b"\n")
            if breaks >= number:
                at = 0
                for _ in range(number):
                    at = chunk.index(b"\n", at) + 1
                return offset + at
            number -= breaks
            offset += len(chunk)
    return offset
