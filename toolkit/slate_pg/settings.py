"""What [tool.slate] of a pyproject.toml may say: which settings there are, and of which kind each is.

Pure. What they mean is for config and environments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from slate_pg.errors import Misuse, did_you_mean

_TEXTS = ("migrations", "sql", "shared", "schema", "showcase", "format", "rollbacks", "order")
_LISTS = ("rules", "heads", "schemas")
_TABLES = ("placeholders", "variables", "env", "backfill", "hooks")


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


@dataclass(frozen=True)
class Limits:
    """How considerate backfills are.

    `batch_seconds` is what a batch aims at, `max_wait` how long another session may wait for it until it is cut.

    `max_lag` is how many seconds a standby may be behind what the backfill has written, 0 for any; `pause` how long
    it rests behind a batch, as a part of the batch's time. `ignored` are standbys that may be behind, by their names.
    """

    batch_seconds: float = 0.1
    max_wait: float = 0.1
    max_lag: float = 10.0
    pause: float = 0.1
    ignored: tuple[str, ...] = ()


def read_limits(table: Mapping[str, Any]) -> Limits:
    """Return the limits that a project sets: numbers of seconds, names of standbys. Misuse names what is none."""
    known = {field.name.replace("_", "-"): field for field in fields(Limits)}
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise Misuse(f'[tool.slate.backfill] has no setting "{name}"', hint=did_you_mean(name, known))
        wants_names = name == "ignored"
        if wants_names and isinstance(value, list) and all(isinstance(one, str) for one in value):
            found["ignored"] = tuple(value)
        elif not wants_names and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            found[known[name].name] = float(value)
        else:
            what = 'a list of standbys\' names, as in ["delayed"]' if wants_names else "a number of seconds, as in 0.5"
            raise Misuse(f"[tool.slate.backfill] {name} takes {what}, not {value!r}", hint="Correct the setting.")
    if found.get("batch_seconds") == 0:
        raise Misuse("[tool.slate.backfill] batch-seconds is above 0", hint="0.1 is what is taken without it.")
    return Limits(**found)


def read_servers(table: Any, where: str) -> tuple[tuple[str, str], ...]:
    """Return names, "" where there is none, and connection strings of `servers`: a list, or a table by name. Misuse."""
    hint = 'As in servers = ["service=north", "host=south dbname=app"], or [servers] with north = "service=north".'
    strange = sorted(set(table) - {"servers"}) if isinstance(table, Mapping) else []
    if strange:
        raise Misuse(f'{where} has no setting "{strange[0]}"', hint=hint)
    value = table.get("servers") if isinstance(table, Mapping) else None
    pairs = (
        list(value.items())
        if isinstance(value, Mapping)
        else [("", u) for u in value]
        if isinstance(value, list)
        else []
    )
    if not pairs or not all(isinstance(url, str) for _, url in pairs):
        raise Misuse(f"{where}: servers is a list of connection strings, or a table of them by name", hint=hint)
    return tuple(pairs)


def read_schemas(table: Mapping[str, Any], folders: bool) -> tuple[str, tuple[str, ...]]:
    """Return the schema that has the ledger, and all that a folder builds where it is several, in their order.

    The first has it, or which `schema` says. Misuse for names that cannot be together.
    """
    said = table.get("schemas")
    if said is None:
        return str(table.get("schema", "public")), ()
    names = tuple(str(name) for name in said)
    if folders:
        raise Misuse(
            "[tool.slate] schemas is for a folder of files, and this one holds folders, a schema each",
            hint="Leave it out, or have all files in one folder.",
        )
    if not names:
        raise Misuse("[tool.slate] schemas is empty", hint='As in schemas = ["app", "audit"]; or leave it out.')
    for name in names:
        if names.count(name) > 1 or name == "information_schema":
            what = "is the server's own" if name == "information_schema" else "is there twice"
            raise Misuse(f'[tool.slate] schemas: "{name}" {what}', hint="Name each of yours once.")
    schema = str(table.get("schema", names[0]))
    if schema not in names:
        hint = did_you_mean(schema, names)
        raise Misuse(f'[tool.slate] schema is "{schema}", which is none of schemas', hint=hint)
    return schema, names if len(names) > 1 else ()


def read_allowed(value: Any) -> tuple[str, ...]:
    """Return the setting `allow` as words. Misuse for what is no text and no list of texts."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise Misuse("[tool.slate] allow takes a list of texts", hint='As in allow = ["blocking=5s", "loses-data"].')
    return tuple(words)
