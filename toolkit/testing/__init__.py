"""A pytest plugin for databases: migrated fixtures, tests as somebody, expected refusals, the schema in plain asserts.

Installed with the package and found by pytest itself. `db` rolls back after the test, `db_committed` is a clone.
`toolkit.testing.pgtap` has pgTAP's assertions under their own names.
"""

from toolkit.testing.database import Database
from toolkit.testing.matchers import col, contains, exactly, function, index, policy, refs, trigger
from toolkit.testing.names import UnknownObject
from toolkit.testing.sessions import Session

__all__ = [
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
