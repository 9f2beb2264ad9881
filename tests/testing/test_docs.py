"""The examples in docs/TESTING.md run as they stand."""

import inspect
import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "TESTING.md").read_text("utf-8")
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
            database.execute("DROP ROLE app_member, app_staff")


def test_the_page_is_short():
    assert len(EXAMPLES) >= 5
    assert len(TEXT.splitlines()) < 170
