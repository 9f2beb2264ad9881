"""Makes what a newer pg_dump wrote readable for an older server.

pg_dump's scripts begin with SETs of its own version's settings (transaction_timeout since 17), which an older server
refuses; a server's own pg_dump is not always at hand. Nothing else of a dump is touched.
"""

from __future__ import annotations

import re
from pathlib import Path

from slate_pg.postgres.connection import Connection

_SETTING = re.compile(r"(?m)^SET (\w+) = [^;\n]*;$")
_FIRST_ENTRY = "\n-- Name: "
_HEAD = 8192  # bytes; pg_dump's head has about 700


def for_server(connection: Connection, text: str) -> str:
    """Return a dump's text, the settings of its head that the server does not know as comments. Reads only.

    Not a byte is added or lost.
    """
    head, entry, rest = text.partition(_FIRST_ENTRY)
    names = list(set(_SETTING.findall(head)))
    asked = "SELECT n FROM unnest(%s::text[]) AS n WHERE current_setting(n, true) IS NULL"
    unknown = {row[0] for row in connection.execute(asked, [names])}
    head = _SETTING.sub(lambda m: f"--{m[0][2:]}" if m[1] in unknown else m[0], head)
    return head + entry + rest


def rewrite_for_server(connection: Connection, script: Path) -> None:
    """Do the same to a file of any size, in place. Writes the file, only reads the database."""
    with script.open("r+b") as file:
        head = for_server(connection, file.read(_HEAD).decode("utf-8", "surrogateescape"))
        file.seek(0)
        file.write(head.encode("utf-8", "surrogateescape"))
