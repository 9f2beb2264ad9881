"""The example in the docs runs as it stands, and answers each person with her own rows."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load

from .conftest import ROOT


@pytest.fixture
def service(among, db_committed, url):
    among("flourish")
    load(Run(db_committed.connection, db_committed.project.product("flourish"), "core"), ("reference", "demo"))
    process = subprocess.Popen(
        [sys.executable, "docs/example_service.py", "0"], cwd=ROOT, env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = process.stdout.readline().removeprefix("listening on ").strip()
    assert address, process.stderr.read()

    def ask(path, user=None):
        headers = {"X-User": user} if user else {}
        request = urllib.request.Request(address + path, headers=headers)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    yield ask
    process.terminate()
    process.communicate()


def test_each_person_is_answered_with_her_own_rows(service, db_committed):
    teachers = db_committed.rows("SELECT id FROM flourish.teachers ORDER BY id")
    answers = {teacher: service("/students", teacher) for (teacher,) in teachers}
    for teacher, (status, students) in answers.items():
        own = db_committed.rows("SELECT id FROM flourish.students WHERE teacher_id = %s ORDER BY id", teacher)
        assert status == 200
        assert [s["id"] for s in students] == [row[0] for row in own]
    assert len({json.dumps(a) for a in answers.values()}) > 1


def test_a_documented_query_answers_and_a_stranger_gets_nothing(service):
    status, badges = service("/students/S001/badges", "T001")
    assert status == 200
    assert badges[0]["level"] in ("Proficient", "Advanced")
    assert service("/students/S001/badges", "T999") == (200, [])


def test_nobody_and_nowhere_are_told_apart(service):
    assert service("/students")[0] == 401
    assert service("/nowhere", "T001")[0] == 404
