"""What a service's own type checker says of the package."""

import subprocess
import sys

CONSUMER = """
from slate_pg.service.session import Sessions
from slate_pg.testing.database import Database

reveal_type(Sessions)
sessions: int = Sessions
"""


def test_a_consumers_strict_mypy_reads_the_packages_types(tmp_path):
    (tmp_path / "consumer.py").write_text(CONSUMER, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache", "consumer.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "import-untyped" not in said, said
    assert 'Revealed type is "def' in said, said  # a class with a signature, not Any
    assert "Incompatible types in assignment" in said, said
