"""Slate: applies, proves, seeds, tests and maintains PostgreSQL databases written as plain SQL.

Dependencies point one way: errors, config <- files, statements, plan (no database) <- server, ledger, runner
(psycopg) <- cli, the only place that prints or exits.
"""

__version__ = "0.1.0"
