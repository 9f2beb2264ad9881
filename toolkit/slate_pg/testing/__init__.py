"""A pytest plugin for databases: migrated fixtures, tests as somebody, expected refusals, the schema in plain asserts.

Installed with the package and found by pytest itself. `db` rolls back after the test, `db_committed` is a clone.
`slate_pg.testing.pgtap` has pgTAP's assertions under their own names.
"""

from slate_pg.testing.database import Database
from slate_pg.testing.matchers import col, contains, exactly, function, index, policy, refs, trigger
from slate_pg.testing.names import UnknownObject
from slate_pg.testing.sessions import CommittedDatabase, Session

__all__ = [
    "CommittedDatabase",
    "Database",
    "Session",
    "UnknownObject",
    "col",
    "contains",
    "exactly",
    "function",
    "index",
    "policy",
    "refs",
    "trigger",
]
