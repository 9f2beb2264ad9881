"""Writes the test of a recipe: what the catalog must say once its files are applied, by `slate_pg.testing`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.recipes.writing import Proof

TESTS = "tests"


def write_test(project: Project, product: Product, name: str, proof: Proof) -> tuple[Path | None, str]:
    """Write tests/test_NAME.py and return its path, or None and why there is none. Writes one file at most."""
    folder = project.root / TESTS
    path = folder / f"test_{name}.py"
    if not folder.is_dir():
        return None, f"{project.root} has no folder {TESTS}, so no test was written"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(test_text(product, name, proof))
    except FileExistsError:
        return None, f"{path} is there already, so no test was written"
    return path, ""


def test_text(product: Product, name: str, proof: Proof) -> str:
    """Return the test as pytest runs it, one function. Pure."""
    lines = [
        f'"""{name}: what holds once its migrations are applied."""',
        "",
        "",
        f"def test_{name}_holds(slate_db):",
        f"    slate_db.use({_quoted(product.name)})",
        "    assert slate_db.value(",
        *(f"        {_quoted(line)}" for line in _lines(proof.query)),
    ]
    lines[-1] += ","
    lines += [f"        {_quoted(p)}," for p in proof.parameters]
    return "\n".join([*lines, "    )", ""])


def _lines(query: str) -> Sequence[str]:
    """Return a query in pieces of a line each."""
    pieces = [""]
    for word in query.split(" "):
        if len(pieces[-1]) + len(word) > 90:
            pieces.append("")
        pieces[-1] += word + " "
    pieces[-1] = pieces[-1].rstrip()
    return pieces


def _quoted(text: str) -> str:
    """Return a text as Python has it, between double quotes where it can be."""
    import json

    return repr(text) if '"' in text and "'" not in text else json.dumps(text)
