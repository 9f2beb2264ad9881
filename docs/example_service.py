"""A small service on Slate's sessions: it authenticates the person, the database decides which rows are hers.

    slate up
    slate role add flourish_app flourish
    python docs/example_service.py 8080
    curl -H 'X-User: T001' localhost:8080/students
    curl -H 'X-User: T001' localhost:8080/students/S001/badges

A real one checks a token where this one believes a header; the rest is how it is done. Its login inherits nothing and
reaches flourish alone. DATABASE_URL names another login and database than the embedded server's; PGBOUNCER=1 says that
it leads through PgBouncer in transaction mode.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row

from slate_pg.config import database_url, find_project
from slate_pg.errors import Busy, SlateError
from slate_pg.postgres.server import embedded_url_if_running
from slate_pg.service import queries
from slate_pg.service.session import Sessions


@dataclass
class Student:
    """A student as a teacher sees her."""

    id: str
    name: str


@dataclass
class Badge:
    """A row of sql/flourish/queries/student_badges.sql: its columns by name."""

    skill_name: str
    level: str
    earned_date: datetime


LOGIN = "flourish_app"
flourish = find_project(start=Path(__file__).parent).product("flourish")
documented = queries.load(flourish, {"student_badges": Badge})


class Service(BaseHTTPRequestHandler):
    """One request is one transaction as one person; what she may not see is not there."""

    sessions: Sessions

    def do_GET(self) -> None:
        """Answer with JSON: 401 without a person, 404 for no such path, 503 when every connection is lent out."""
        person = self.headers.get("X-User")
        if not person:
            return self.answer(401, {"error": "say who you are in X-User"})
        try:
            with self.sessions.session(user_id=person) as connection:
                match self.path.strip("/").split("/"):
                    case ["students"]:
                        with connection.cursor(row_factory=class_row(Student)) as cursor:
                            rows = cursor.execute("SELECT id, name FROM students ORDER BY id").fetchall()
                    case ["students", student, "badges"]:
                        rows = list(documented.student_badges(connection, student_id=student))
                    case _:
                        return self.answer(404, {"error": "no such path"})
            return self.answer(200, [asdict(row) for row in rows])
        except Busy as error:
            return self.answer(503, {"error": error.message})

    def answer(self, status: int, value: object) -> None:
        """Send a status and a JSON document."""
        body = json.dumps(value, default=str).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(port: int) -> None:
    """Serve until interrupted; port 0 takes a free one and says which."""
    url = database_url(None)
    if url is None:
        embedded = embedded_url_if_running()
        if embedded is None:
            raise SlateError("no database", hint="Run `slate up`, or set DATABASE_URL.")
        url = make_conninfo(embedded, user=LOGIN)
    with Sessions(url, flourish.schema, pooler=bool(os.environ.get("PGBOUNCER"))) as sessions:
        Service.sessions = sessions
        server = ThreadingHTTPServer(("127.0.0.1", port), Service)
        print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
