"""The published JSON Schemas: each command has one, it says what it says of every key, and it lets nothing else pass."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from jsonschema import Draft202012Validator

from slate_pg.cli import shapes
from slate_pg.cli.app import build
from slate_pg.cli.published import schema_files
from slate_pg.cli.shapes import EVENTS, OUTPUTS
from slate_pg.cli.shapes.common import Failure
from slate_pg.cli.shapes.findings import Findings
from tests import published
from tests.conftest import ROOT

FILES = {name: json.loads(file.read_text("utf-8")) for name, file in schema_files().items()}
OURS = [name for name in FILES if name != "docs"]
# What may be anything: an attribute of an object of the catalog, a row of a job's own query.
ANYTHING = {("Difference", "expected"), ("Difference", "found")}


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command of the command line, those of groups behind their group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def test_every_command_that_takes_json_has_a_schema_and_no_other():
    root = typer.main.get_command(build())
    reporting = {name for name, command in commands(root) if any("--json" in p.opts for p in command.params)}
    assert reporting == set(OUTPUTS) == set(OURS) - set(EVENTS)


def test_what_may_be_printed_is_what_the_schemas_are_made_of():
    of_commands = {shape for output in OUTPUTS.values() for shape in output.shapes}
    assert set(get_args(shapes.Printed)) == of_commands - {Findings} | {Failure}  # findings are printed as a text


def test_the_schemas_and_their_page_are_what_the_shapes_say(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import write_schemas

    there = {file.name: file.read_text("utf-8") for file in write_schemas.FOLDER.iterdir()}
    assert there == write_schemas.schemas(), "run `make snapshot`"
    assert write_schemas.PAGE.read_text("utf-8") == write_schemas.page(), "run `make snapshot`"


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one_and_says_whose_and_of_which_version(name):
    schema = FILES[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    version = (OUTPUTS | EVENTS)[name].version if name != "docs" else 1
    assert schema["$id"] == f"urn:slate-pg:json:{name.replace(' ', '-')}:{version}"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", OURS)
def test_every_key_is_described_and_no_other_is_allowed(name):
    for kind, schema in FILES[name]["$defs"].items():
        assert schema["type"] == "object", kind
        assert schema["additionalProperties"] is False, kind
        for key, value in schema["properties"].items():
            assert value.get("description", "").endswith((".", "…")), f"{kind}.{key} is not described"
            assert (kind, key) in ANYTHING or set(value) & {"type", "$ref", "anyOf", "enum", "const"}, f"{kind}.{key}"


@pytest.mark.parametrize("name", OURS)
def test_the_kinds_of_one_output_are_told_apart(name):
    schema = FILES[name]
    for kind in schema.get("oneOf", []):
        for whole in (True, False):
            document = example(schema, kind, whole)
            assert published.validator(name).is_valid(document), document
            (refused,) = [s for s in schema["oneOf"] if s == kind]
            others = [s for s in schema["oneOf"] if s != refused]
            rest = Draft202012Validator({"anyOf": others, "$defs": schema["$defs"]})
            assert not rest.is_valid(document), f"{kind} is taken for another"


def test_the_last_line_of_every_command_for_fleets_is_told_by_its_summary():
    for name, output in OUTPUTS.items():
        kinds = [kind for kind in output.shapes if "summary" in kind.__required_keys__]
        assert bool(kinds) == output.lines, name
        assert len(output.shapes) == 2 * len(kinds) or not output.lines, name


def example(root: Any, schema: Any, whole: bool) -> Any:
    """Return a document that a schema allows: with every key and one entry a list, or (not `whole`) as little as can be."""
    if "$ref" in schema:
        return example(
            root, root["$defs"][schema["$ref"].rpartition("/")[2]], whole and schema["$ref"] not in _under(root)
        )
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema or "anyOf" in schema:
        return example(root, (schema.get("oneOf") or schema["anyOf"])[0 if whole else -1], whole)
    kind = schema.get("type")
    if kind == "object":
        keys = schema.get("properties", {})
        named = {k: example(root, v, whole) for k, v in keys.items() if whole or k in schema["required"]}
        more = schema.get("additionalProperties")
        if not whole or not more:
            return named
        return named | {"any name": {"any": 1} if more is True else example(root, more, whole)}
    if kind == "array":
        if "prefixItems" in schema:
            return [example(root, each, whole) for each in schema["prefixItems"]]
        return [example(root, schema["items"], whole)] if whole else []
    words = "2026-01-02T03:04:05+00:00" if schema.get("format") == "date-time" else 'Weird \u2028 "Name"'
    return {"string": words, "integer": 1, "number": 0.5, "boolean": True, "null": None, None: {"any": [None]}}[kind]


def _under(root: Any) -> set[str]:
    """The kinds that hold themselves: an example of one ends at the second."""
    return {f"#/$defs/{name}" for name, kind in root["$defs"].items() if f'"#/$defs/{name}"' in json.dumps(kind)}


def wrong(value: Any) -> Any:
    """Return a value of another type."""
    return [value] if isinstance(value, dict) else {"of another": "type"}


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document but its own."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(document: Any, path: tuple[Any, ...], change: Any) -> Any:
    """Return a copy in which something was done with the value at a path: change(container, key)."""
    found = copy.deepcopy(document)
    holder = found
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return found


def replaced(holder: Any, key: Any) -> None:
    holder[key] = wrong(holder[key])


def dropped(holder: Any, key: Any) -> None:
    del holder[key]


def is_free(kind: str, path: tuple[Any, ...]) -> bool:
    """Whether a value lies in what may be anything."""
    if "expected" in path or "found" in path:
        return "Drift" in kind
    return "Runs" in kind and "result" in path and path.index("result") < len(path) - 2


@pytest.mark.parametrize("name", OURS)
def test_a_document_with_a_key_less_one_more_or_another_type_is_refused(name):
    schema, refuses = FILES[name], published.validator(name)
    tried = 0
    for kind in schema.get("oneOf", [{"$ref": schema.get("$ref")}]):
        document, least = example(schema, kind, True), example(schema, kind, False)
        assert refuses.is_valid(document)
        assert refuses.is_valid(least)
        assert not refuses.is_valid([document])
        for path in places(document):
            if is_free(str(kind), path):
                continue
            assert not refuses.is_valid(changed(document, path, replaced)), f"{kind}: {path} may be of any type"
            value = document
            for key in path:
                value = value[key]
            if isinstance(value, dict) and "any name" not in value:
                more = changed(document, path, lambda holder, key: holder[key].update({"a key more": 1}))
                assert not refuses.is_valid(more), f"{kind}: {path} takes any key"
            tried += 1
        for key in least:
            assert not refuses.is_valid(changed(least, (key,), dropped)), f"{kind}: {key} may be left out"
        assert not refuses.is_valid({**document, "a key more": 1})
    assert tried


@pytest.mark.parametrize("name", OURS)
def test_words_of_a_closed_list_are_those_and_no_others(name):
    for kind, schema in FILES[name]["$defs"].items():
        for key, value in schema["properties"].items():
            for part in (value, *value.get("anyOf", [])):
                if "enum" in part:
                    closed = Draft202012Validator(part)
                    assert all(closed.is_valid(word) for word in part["enum"])
                    assert not closed.is_valid(part["enum"][0] + "x"), f"{kind}.{key}"
                    assert len(set(part["enum"])) == len(part["enum"]), f"{kind}.{key}"


def test_schema_lists_all_of_them_and_prints_one(slate):
    listed = slate("schema").out
    assert all(f"\n{name} " in listed for name in FILES)
    for name in ("status", "fleet status", "fleet role list", "docs"):
        assert json.loads(slate("schema", *name.split()).out) == FILES[name]
    assert json.loads(slate("schema", "fleet  status").out) == FILES["fleet status"]


@pytest.mark.parametrize(
    ("asked", "offered"), [("statsu", "status"), ("fleet statos", "fleet status"), ("", "apply"), ("../x", "")]
)
def test_a_schema_that_there_is_not_is_named_with_the_nearest(slate, asked, offered):
    ran = slate("schema", asked)
    assert ran.code == 2
    assert ran.out == ""
    assert "no schema of" in ran.err
    assert offered in ran.err


def test_a_command_that_runs_imports_neither_the_shapes_nor_what_makes_schemas(tmp_path: Path):
    (tmp_path / "0001_a.sql").write_text("SELECT 1;\n")
    show = "import sys, slate_pg.cli as c\ntry: c.main()\nexcept SystemExit: pass\nprint(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    line = ["status", "--json", "--migrations", str(tmp_path), "--database", "postgresql://nobody@127.0.0.1:1/none"]
    ran = subprocess.run([sys.executable, "-c", show, *line], capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.split())
    assert "slate_pg.cli.standing" in loaded
    assert not {"pydantic", "jsonschema", "slate_pg.cli.shapes"} & loaded
