"""Write the JSON Schemas of what commands print, from `slate_pg.cli.shapes`, and docs/JSON.md, the list of them.

python docs/write_schemas.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Union

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import get_original_bases, is_typeddict

import slate_pg.cli
from slate_pg.cli.shapes import (
    EVENTS,
    OUTPUTS,
    Output,
    common,
    findings,
    fleets,
    history,
    keeping,
    measures,
    mutants,
    plans,
    telling,
)
from slate_pg.cli.shapes.common import Failure

FOLDER = Path(slate_pg.cli.__file__).parent / "schemas"
PAGE = Path(__file__).parent / "JSON.md"
SETTINGS = ConfigDict(use_attribute_docstrings=True)
MODULES = (common, findings, fleets, history, keeping, measures, mutants, plans, telling)
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENT = "One JSON document."
LINES = "JSON Lines: each line is one of these, and the last one has `summary`."
FAILED = (
    " A command that fails and has nothing else to show (exit 1 or 2) prints `error`; a command line that cannot be"
    " read, or a fault of slate's own, leaves stdout empty."
)

BESIDE = {
    "progress": "A line of JSON on stderr now and then, while `slate apply --json` or `slate rollback --json` works.",
    "events": "A line of JSON in the file of --events, which `apply`, `rollback` and both of `fleet` take.",
    "hook": "A line of JSON on the input of a command of [tool.slate.hooks].",
    "switch": "A line of JSON on the input of the command that `slate fleet move --switch` runs.",
}


def schemas() -> dict[str, str]:
    """Return the text of each file by its name."""
    found = {name: described(name, output) for name, output in OUTPUTS.items()}
    found |= {name: described(name, output) for name, output in EVENTS.items()}
    return {f"{name.replace(' ', '-')}.schema.json": text for name, text in found.items()}


def described(name: str, output: Output) -> str:
    """Return the schema of one output."""
    shapes = output.shapes if name in BESIDE else (*output.shapes, Failure)
    # A list of them, for a type adapter takes no settings for a class itself.
    adapter: TypeAdapter[Any] = TypeAdapter(list[Union[shapes]], config=SETTINGS)  # type: ignore[valid-type]
    whole = _closed(adapter.json_schema(mode="serialization"))
    kinds, made = whole["$defs"], whole["items"]
    for kind, schema in kinds.items():
        for key, value in schema["properties"].items():
            if "description" not in value:  # inherited, or the same as that of the kind that it is of
                of = value.get("$ref", "").rpartition("/")[2]
                value["description"] = _INHERITED.get((kind, key)) or kinds[of]["description"]
    if "anyOf" in made:
        made = {"oneOf": made["anyOf"]}
    head = {
        "$schema": DIALECT,
        "$id": f"urn:slate-pg:json:{name.replace(' ', '-')}:{output.version}",
        "title": output.about,
        "description": _description(name, output),
    }
    return json.dumps({**head, **made, "$defs": kinds}, indent=1, ensure_ascii=False) + "\n"


def _inherited() -> dict[tuple[str, str], str]:
    """Return what is said of the keys that a class has from another one, which pydantic leaves out."""
    kinds = [kind for module in MODULES for kind in vars(module).values() if is_typeddict(kind)]
    return {(kind.__name__, key): text for kind in kinds for base in _bases(kind) for key, text in _own(base).items()}


def _bases(kind: type) -> list[type]:
    direct = [base for base in get_original_bases(kind) if is_typeddict(base)]
    return [each for base in direct for each in (base, *_bases(base))]


def _own(kind: type) -> dict[str, str]:
    adapter: TypeAdapter[Any] = TypeAdapter(list[kind], config=SETTINGS)  # type: ignore[valid-type]
    keys = adapter.json_schema(mode="serialization")["$defs"][kind.__name__]["properties"]
    return {key: value["description"] for key, value in keys.items() if "description" in value}


_INHERITED = _inherited()


def _description(name: str, output: Output) -> str:
    if name in BESIDE:
        return BESIDE[name]
    return f"`slate {name} --json` on stdout. {LINES if output.lines else DOCUMENT}{FAILED}"


def _closed(schema: Any) -> Any:
    """Return a schema without titles of keys, in which an object has no key but its own."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _inner(key, value) for key, value in schema.items() if key != "title"}
    return found | {"additionalProperties": False} if "properties" in found else found


def _inner(key: str, value: Any) -> Any:
    named = key in ("properties", "$defs")
    return {name: _closed(inner) for name, inner in value.items()} if named else _closed(value)


INTRODUCTION = """# JSON

Every command that reports takes `--json`; `check`, `lint`, `drift`, `doctor` and `plan` print the same with
`--format json`. What stands in it is published as JSON Schema (draft 2020-12), which is in the package:

```text
slate schema                  lists all of them, with their versions
slate schema status           prints that of `slate status --json`
slate schema fleet status     prints that of `slate fleet status --json`
```

- **One document or lines.** Most commands print one document. The commands for fleets print a line for each
  installation or server as it comes; the last line has `summary`. Where lines, or the documents of one command, are of
  several kinds, the schema has them under `oneOf`, and no two of them have the same required keys.
- **Failures.** A command that fails and has nothing else to show (exit 1 or 2) prints `{"error": {…}}` with `message`,
  `hint`, and where they are known `file`, `line`, `column`, `sqlstate` and `reason`; stderr has the same for people.
  `apply` and `rollback` say with `failed` what was done before, what failed and what was not touched. A command line
  that cannot be read, an interrupt and a fault of slate's own leave stdout empty.
- **Exit codes** are those of the text output: [what is API](STABILITY.md).
- **Keys and words.** A schema names every key with its unit, and every word where a key has a closed list of them.
  Times are RFC 3339, sizes bytes, durations ms where the key does not say `seconds`. `null` is for what is not known or
  does not apply. The document is in ASCII: other characters are written as `\\u…`.
- **Versions.** The last part of a schema's `$id` is its version. A new release may add keys, and words where a list is
  closed, without raising it: read the keys you know, and validate with the schema of the slate you run. It is raised
  where a key is taken away, renamed or retyped, or means something else ([what is API](STABILITY.md)).

| command | version | prints | of these kinds |
| --- | --- | --- | --- |
"""


def page() -> str:
    """Return docs/JSON.md."""
    rows = []
    for name, output in OUTPUTS.items():
        kinds = ", ".join(f"`{shape.__name__}`" for shape in output.shapes)
        form = "lines: " if output.lines else ""
        about = output.about[0].lower() + output.about[1:].rstrip(".")
        rows.append(f"| `slate {name}` | {output.version} | {form}{about} | {kinds} |\n")
    return INTRODUCTION + "".join(rows) + "\n" + ENDING


ENDING = """The kinds are the names under `$defs` in the schema.

While a backfill runs and stderr is no terminal, `apply` and `rollback` say there every few seconds how far it has come,
with `--json` as a line of JSON: `slate schema progress`. The command that `slate fleet move --switch` runs gets an
event on its input: `slate schema switch`; a hook gets one too (`slate schema hook`), and `--events FILE` adds what
happens in a run to a file (`slate schema events`).

`slate docs --format json` writes a document of its own (`schema.json`); its schema is `slate schema docs`.
"""


if __name__ == "__main__":
    wanted = schemas()
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.schema.json"):
        if file.name not in wanted:
            file.unlink()
    for file_name, text in wanted.items():
        (FOLDER / file_name).write_text(text, "utf-8")
    PAGE.write_text(page(), "utf-8")
