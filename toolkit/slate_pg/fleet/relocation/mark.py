"""Says of an installation that it is on its way to another server, or has gone: a mark that is kept in its database.

The mark is the comment of the function that refuses writes. So what refuses and what says why are one, a restart and
another slate find both, and a copy of the installation carries them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from slate_pg.postgres.connection import Connection, package_sql

FUNCTION = "_slate_read_only"  # also the name of the triggers
SOURCE, COPY = "source", "copy"
WORDS = ("moving", "moved", "copy")  # of installations on their way, in `slate fleet status`
STAGES = ("following", "finishing", "copying", "switching", "moved")
FOLLOWING, FINISHING, COPYING, SWITCHING, MOVED = STAGES


@dataclass(frozen=True)
class Mark:
    """One move of an installation: its own id, the servers by their names in the list, and how far it has come.

    `role` says which of the two this one is. The stages are in this order: following (online only: it takes writes),
    finishing (online only) or copying, switching (the other may take writes), moved. `closed_at` is when the source
    last took writes, in ISO form. `logins` and `roles` are those that the other server did not have, `subscription` is
    the number of its subscription there, by which slots are called.
    """

    id: str
    origin: str
    target: str
    role: str = SOURCE
    stage: str = COPYING
    closed_at: str = ""
    logins: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    subscription: int = 0

    @property
    def has_gone(self) -> bool:
        """Whether the other copy is the one that may take writes."""
        return self.role == SOURCE and self.stage in (SWITCHING, MOVED)

    @property
    def is_fed(self) -> bool:
        """Whether replication writes to it."""
        return self.role == COPY and self.stage == FOLLOWING

    @property
    def word(self) -> str:
        """What `slate fleet status` calls it."""
        if self.role == COPY:
            return "copy"
        return "moved" if self.stage == MOVED else "moving"

    @property
    def said(self) -> str:
        """What it is, in words for people."""
        if self.role == COPY:
            return f'a copy for the move from "{self.origin}", which is not in use yet'
        if self.stage == FOLLOWING:
            return f'it is being copied to "{self.target}"'
        if self.has_gone:
            return f'it was moved to "{self.target}", and this copy is read-only'
        return f'it is being moved to "{self.target}", and read-only meanwhile'

    def is_copy(self, server: str) -> bool:
        """Tell whether it is the copy; one that was restored a moment ago says still what its source says. Pure."""
        return self.role == COPY or (self.target == server and self.origin != server)


def new(origin: str, target: str, logins: tuple[str, ...], roles: tuple[str, ...], stage: str = COPYING) -> Mark:
    """Return the mark of a move that begins."""
    import secrets  # every status reads marks, and few make one

    return Mark(secrets.token_hex(8), origin, target, SOURCE, stage, "", logins, roles)


def write(mark: Mark) -> str:
    """Return a mark as it is kept. Pure."""
    return json.dumps(asdict(mark), ensure_ascii=False)


def parse(text: str) -> Mark:
    """Return a kept mark; of one that was changed by hand only that it is there. Pure."""
    try:
        values = json.loads(text)
        lists = {name: tuple(map(str, values[name])) for name in ("logins", "roles")}
        return Mark(**{**values, **lists})
    except (ValueError, TypeError, KeyError):
        return Mark("", "?", "?")


def read_marks(connection: Connection, schema: str | None = None) -> dict[str, Mark]:
    """Return the marks of a database by schema, or of one schema only. Reads only."""
    rows = connection.execute(package_sql("fleet/relocation/find_marks"), {"schema": schema}).fetchall()
    return {name: parse(text) for name, text in rows}
