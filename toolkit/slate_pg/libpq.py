"""Reaches libpq without psycopg: to read a connection string, and to connect. Importing psycopg takes 0.1 s.

The library is the one that psycopg's wheel brings along, in the folder where wheels keep such libraries. Where there is
none, or psycopg was told to use another, there is nothing here, and psycopg is what works.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_int, c_uint, c_void_p
from functools import cache
from importlib.util import find_spec
from itertools import count, takewhile
from typing import Any

_FOLDERS = ("../psycopg_binary.libs", ".dylibs")  # beside the package on Linux, in it on macOS
POLL_FAILED, POLL_READING, POLL_OK = 0, 1, 3
# What a function takes and returns, where that is not one pointer in and an int out.
_SIGNATURES: dict[str, tuple[list[Any], Any]] = {
    "PQconnectStartParams": ([POINTER(c_char_p), POINTER(c_char_p), c_int], c_void_p),
    "PQfinish": ([c_void_p], None),
    "PQgetCancel": ([c_void_p], c_void_p),
    "PQcancel": ([c_void_p, c_char_p, c_int], c_int),
    "PQfreeCancel": ([c_void_p], None),
    "PQsendQueryParams": (
        [c_void_p, c_char_p, c_int, POINTER(c_uint), POINTER(c_char_p), c_void_p, c_void_p, c_int], c_int,
    ),
    "PQgetResult": ([c_void_p], c_void_p),
    "PQclear": ([c_void_p], None),
    "PQftype": ([c_void_p, c_int], c_uint),
    "PQgetvalue": ([c_void_p, c_int, c_int], c_char_p),
    "PQgetisnull": ([c_void_p, c_int, c_int], c_int),
    **{name: ([c_void_p], c_char_p) for name in ("PQuser", "PQpass", "PQhost", "PQdb")},
    **{
        name: ([c_void_p], c_int)
        for name in (
            "PQconnectPoll", "PQsocket", "PQstatus", "PQconsumeInput", "PQisBusy", "PQresultStatus", "PQntuples",
            "PQnfields",
        )
    },
}  # fmt: skip


class _Option(Structure):
    """PQconninfoOption, as libpq's documentation has it."""

    _fields_ = [
        *((name, c_char_p) for name in ("keyword", "envvar", "compiled", "val", "label", "dispchar")),
        ("dispsize", c_int),
    ]


@cache
def library() -> Any:
    """Return libpq, None where psycopg does not bring it along or works with another. Reads files."""
    asked = os.environ.get("PSYCOPG_IMPL", "binary")
    found = find_spec("psycopg_binary") if os.name == "posix" and asked == "binary" else None
    if found is None or not found.origin or find_spec("psycopg_c") is not None:
        return None
    try:
        loaded = CDLL(_find(os.path.dirname(found.origin)))
        for name, (takes, returns) in _SIGNATURES.items():
            function = getattr(loaded, name)
            function.argtypes, function.restype = takes, returns
        loaded.PQconninfoParse.argtypes = [c_char_p, POINTER(c_char_p)]
        loaded.PQconninfoParse.restype = POINTER(_Option)
        loaded.PQconninfoFree.argtypes, loaded.PQconninfoFree.restype = [POINTER(_Option)], None
        loaded.PQfreemem.argtypes, loaded.PQfreemem.restype = [c_void_p], None
    except (OSError, AttributeError):  # of another make, or an older one
        return None
    return loaded


def _find(home: str) -> str:
    """Return the path of the library that belongs to a package. OSError where it is not there."""
    for folder in (os.path.join(home, name) for name in _FOLDERS):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name.startswith(("libpq-", "libpq.")):
                return os.path.join(folder, name)
    raise FileNotFoundError(home)


def parse(text: str) -> dict[str, str] | None:
    """Return what a connection string says, by parameter; None where it cannot be told here. Pure."""
    known = library()
    if known is None or "\0" in text:
        return None
    said = c_char_p()
    try:
        options = known.PQconninfoParse(text.encode(), byref(said))
    except UnicodeEncodeError:
        return None
    if not options:
        known.PQfreemem(said)
        return None
    try:
        every = takewhile(lambda option: option.keyword, (options[number] for number in count()))
        return {o.keyword.decode(): o.val.decode() for o in every if o.val is not None}
    except UnicodeDecodeError:
        return None
    finally:
        known.PQconninfoFree(options)


def texts(values: Sequence[bytes | None]) -> Any:
    """Return an array of C strings. Pure."""
    return (c_char_p * len(values))(*values)


def numbers(values: Sequence[int]) -> Any:
    """Return an array of unsigned integers, as oids are. Pure."""
    return (c_uint * len(values))(*values)


def start(terms: Mapping[str, str]) -> Any:
    """Begin to connect and return the connection, which PQconnectPoll drives on and PQfinish ends."""
    known = library()
    named = texts([*(name.encode() for name in terms), None])
    return known.PQconnectStartParams(named, texts([*(value.encode() for value in terms.values()), None]), 0)


def cancel(connection: Any) -> None:
    """Ask the server to end what a connection has under way."""
    known = library()
    if handle := known.PQgetCancel(connection):
        known.PQcancel(handle, b" " * 256, 256)
        known.PQfreeCancel(handle)
