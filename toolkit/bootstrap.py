"""Prepares a cluster: roles and database settings from sql/cluster, which belong to no migration."""

from __future__ import annotations

from pathlib import Path

from toolkit.config import Project
from toolkit.connection import Connection, ScriptFailed, send, send_script
from toolkit.errors import MigrationFailed
from toolkit.files import read_text
from toolkit.statements import place


def bootstrap(connection: Connection, project: Project) -> list[str]:
    """Run every file of sql/cluster, each in a transaction; return what could not be done. Safe to repeat. Writes."""
    warnings: list[str] = []

    def note(diagnostic: object) -> None:
        if getattr(diagnostic, "severity_nonlocalized", "") == "WARNING":
            hint = getattr(diagnostic, "message_hint", None)
            warnings.append(str(getattr(diagnostic, "message_primary", "")) + (f". {hint}" if hint else ""))

    connection.add_notice_handler(note)
    try:
        for path in sorted(project.cluster.glob("*.sql")):
            _run(connection, path)
    finally:
        connection.remove_notice_handler(note)
    return warnings


def _run(connection: Connection, path: Path) -> None:
    text = read_text(path)
    send(connection, "BEGIN; SET LOCAL timezone = 'UTC'")
    try:
        send_script(connection, text)
        send(connection, "COMMIT")
    except ScriptFailed as failure:
        send(connection, "ROLLBACK")
        where = place(text, failure.offset)
        raise MigrationFailed(
            f"{path}:{where.line}: {failure.error.diag.message_primary} ({failure.error.sqlstate})",
            hint="Bootstrap as a role that may create roles and owns the database.",
        ) from failure.error
