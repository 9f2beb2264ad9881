"""What [tool.slate] of a pyproject.toml may say: which settings there are, and of which kind each is.

Pure. What they mean is for config and environments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slate_pg.errors import Misuse, did_you_mean

_TEXTS = ("migrations", "sql", "shared", "schema", "showcase", "format", "rollbacks", "order")
_LISTS = ("rules", "heads", "schemas")
_TABLES = ("placeholders", "variables", "env")


def check_settings(where: str, table: Any, known: tuple[str, ...]) -> None:
    """Misuse for a setting that there is not, with the nearest, and for one of another kind."""
    if not isinstance(table, Mapping):
        raise Misuse(f"{where}: [tool.slate] is a table", hint='As in [tool.slate], migrations = "migrations".')
    for name in sorted(set(table) - set(known)):
        raise Misuse(f'{where}: [tool.slate] has no setting "{name}"', hint=did_you_mean(name, known))
    for name, value in table.items():
        _check_kind(f"{where}: [tool.slate] {name}", name, value)


def _check_kind(where: str, name: str, value: Any) -> None:
    if name in _TEXTS and not isinstance(value, str):
        raise Misuse(f"{where} is a text, not {value!r}", hint=f'As in {name} = "…".')
    if name in _LISTS and not (isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)):
        raise Misuse(f"{where} is a list of texts, not {value!r}", hint=f'As in {name} = ["…", "…"].')
    if name in _TABLES and not isinstance(value, Mapping):
        raise Misuse(f"{where} is a table, not {value!r}", hint=f"As in [tool.slate.{name}].")
