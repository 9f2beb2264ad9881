"""The examples in docs/TESTING.md run as they stand."""

import inspect
import os
import re
from pathlib import Path

import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # roles are the cluster's, so each worker has its own
TEXT = (Path(__file__).parents[2] / "docs" / "TESTING.md").read_text("utf-8")
TEXT = TEXT.replace("app_member", f"app_member{WORKER}").replace("app_staff", f"app_staff{WORKER}")
SCHEMA = re.search(r"```sql\n(.*?)```", TEXT, re.S)[1]
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def named(example):
    return re.search(r"def (test_\w+)", example)[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_example_runs(example, request):
    defined = {}
    exec(compile(example, "docs/TESTING.md", "exec"), defined)  # noqa: S102 -- running the page is the point
    test = defined[named(example)]
    (fixture,) = inspect.signature(test).parameters
    database = request.getfixturevalue(fixture)
    database.connection.execute(SCHEMA.encode())
    try:
        test(database)
    finally:
        if fixture == "db_committed":  # a clone is dropped, roles are not
            database.execute("DROP SCHEMA app CASCADE")
            database.execute(f"DROP ROLE app_member{WORKER}, app_staff{WORKER}")


def test_the_page_is_short():
    assert len(EXAMPLES) >= 5
    assert len(TEXT.splitlines()) < 170
