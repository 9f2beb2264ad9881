"""A pytest plugin for databases: migrated fixtures, tests as somebody, expected refusals, several sessions.

Installed with the package and found by pytest itself. `db` rolls back after the test, `db_committed` is a clone.
"""

from toolkit.testing.database import Database
from toolkit.testing.sessions import Session

__all__ = ["Database", "Session"]
