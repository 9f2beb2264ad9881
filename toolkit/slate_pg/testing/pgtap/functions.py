"""pgTAP's assertions about functions and procedures. Argument types tell overloads apart, and must exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import UnknownObject, nearest, quoted, same_type, split_name, unknown
from slate_pg.testing.objects import Function
from slate_pg.testing.pgtap.asserting import called, expect, in_which
from slate_pg.testing.verbs import Catalogued

Args = Sequence[str] | None


class OfFunction(Protocol):
    """An assertion about a function; without argument types about the only one of its name."""

    def __call__(
        self, db: Catalogued, name: str, args: Args = None, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def function_of(catalog: Catalog, name: str, args: Args, schema: str | None) -> Function:
    """Return the only function of a name and argument types; UnknownObject for none and for several."""
    if isinstance(args, str):
        raise TypeError(f"argument types are a list, not the string {args!r}")
    found = catalog.functions(name, args, schema)
    if not found:
        overloads = [str(f) for f in catalog.functions(name, None, schema)]
        raise unknown("function", _shown(name, args, schema), overloads or _names(catalog), lookup_sql.functions(name))
    if len(found) > 1:
        raise UnknownObject(f"{_shown(name, args, schema)} has {len(found)} overloads: {'; '.join(map(str, found))}; "
                            "give the argument types")  # fmt: skip
    return found[0]


def _shown(name: str, args: Args, schema: str | None) -> str:
    full = quoted(*(p for p in split_name(name, schema) if p))
    return full if args is None else f"{full}({', '.join(args)})"


def _names(catalog: Catalog) -> list[str]:
    return [n.partition("(")[0] for n in catalog.function_names()]


def _existence(name: str, wanted: bool) -> OfFunction:
    def assertion(
        db: Catalogued, name: str, args: Args = None, *, schema: str | None = None, description: str = ""
    ) -> None:
        catalog = db.catalog
        found = catalog.functions(name, args, schema)
        shown = _shown(name, args, schema)
        others = [str(f) for f in catalog.functions(name, None, schema)] or nearest(shown, _names(catalog))
        expect(bool(found) is wanted, f"function {shown}", have="; ".join(map(str, found)) or "none",
               want=shown if wanted else "none", near=[] if found else others, look=lookup_sql.functions(name),
               description=description)  # fmt: skip

    return called(assertion, name, f"there is {'a' if wanted else 'no'} function or procedure of this name", __name__)


has_function, hasnt_function = _existence("has_function", True), _existence("hasnt_function", False)


def can(db: Catalogued, names: Iterable[str], *, schema: str | None = None, description: str = "") -> None:
    """Assert that there are functions of all these names."""
    catalog = db.catalog
    listed = [names] if isinstance(names, str) else list(names)
    missing = [n for n in listed if not catalog.functions(n, None, schema)]
    near = [close for n in missing for close in nearest(n, _names(catalog))]
    expect(not missing, f"functions of {in_which(catalog, schema)}", have=f"no {', '.join(missing)}", near=near,
           want=", ".join(listed), look=lookup_sql.in_schema("pg_proc", "pro", schema),
           description=description)  # fmt: skip


def _is(name: str, wanted: bool, meaning: str, test: Callable[[Function], bool]) -> OfFunction:
    def assertion(
        db: Catalogued, name: str, args: Args = None, *, schema: str | None = None, description: str = ""
    ) -> None:
        found = function_of(db.catalog, name, args, schema)
        expect(test(found) is wanted, f"{found}", have=_described(found), want=f"{'' if wanted else 'not '}{meaning}",
               look=_definition(found), description=description)  # fmt: skip

    return called(assertion, name, f"a function, which must exist, is {'' if wanted else 'not '}{meaning}", __name__)


def _described(found: Function) -> str:
    words = [found.kind, found.language, found.volatility]
    return ", ".join([*words, *["security definer"] * found.security_definer, *["strict"] * found.strict])


def _definition(found: Function) -> str:
    return f"SELECT prokind, prosecdef, proisstrict, provolatile, prorettype::regtype, proowner::regrole FROM pg_proc WHERE oid = '{found}'::regprocedure;"  # noqa: E501


def _definer(found: Function) -> bool:
    return found.security_definer


def _strict(found: Function) -> bool:
    return found.strict


def _of_kind(kind: str) -> Callable[[Function], bool]:
    return lambda found: found.kind == kind


is_definer = _is("is_definer", True, "SECURITY DEFINER", _definer)
isnt_definer = _is("isnt_definer", False, "SECURITY DEFINER", _definer)
is_strict = _is("is_strict", True, "STRICT", _strict)
isnt_strict = _is("isnt_strict", False, "STRICT", _strict)
is_normal_function = _is("is_normal_function", True, "a plain function", _of_kind("function"))
isnt_normal_function = _is("isnt_normal_function", False, "a plain function", _of_kind("function"))
is_procedure = _is("is_procedure", True, "a procedure", _of_kind("procedure"))
isnt_procedure = _is("isnt_procedure", False, "a procedure", _of_kind("procedure"))
is_aggregate = _is("is_aggregate", True, "an aggregate", _of_kind("aggregate"))
isnt_aggregate = _is("isnt_aggregate", False, "an aggregate", _of_kind("aggregate"))
is_window = _is("is_window", True, "a window function", _of_kind("window"))
isnt_window = _is("isnt_window", False, "a window function", _of_kind("window"))


class FunctionDetail(Protocol):
    """An assertion about one detail of a function, which must exist."""

    def __call__(
        self, db: Catalogued, name: str, args: Args, want: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def _detail(name: str, meaning: str, ask: Callable[[Catalog, Function, str], tuple[Any, Any, bool]]) -> FunctionDetail:
    def assertion(
        db: Catalogued, name: str, args: Args, want: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        catalog = db.catalog
        found = function_of(catalog, name, args, schema)
        have, wanted, true = ask(catalog, found, want)
        expect(true, f"{found}", have=have, want=wanted, look=_definition(found), description=description)

    return called(assertion, name, f"a function, which must exist, {meaning}; args may be None", __name__)


def _language(catalog: Catalog, found: Function, want: str) -> tuple[Any, Any, bool]:
    return found.language, catalog.place("language", want).name, found.language == want


def _returns(catalog: Catalog, found: Function, want: str) -> tuple[Any, Any, bool]:
    catalog.type_spelling(want)
    return (
        found.returns,
        want,
        same_type(found.returns.removeprefix("setof "), want.removeprefix("setof "))
        and (found.returns.startswith("setof ") is want.startswith("setof ")),
    )


def _volatility(catalog: Catalog, found: Function, want: str) -> tuple[Any, Any, bool]:
    words = [w for w in ("immutable", "stable", "volatile") if w.startswith(want.lower())]
    if len(words) != 1:
        raise UnknownObject(f'"{want}" is no volatility: immutable, stable or volatile')
    return found.volatility, words[0], found.volatility == words[0]


function_lang_is = _detail("function_lang_is", "is written in a language, which must exist", _language)
function_returns = _detail("function_returns", "returns a type (setof … for sets), which must exist", _returns)
volatility_is = _detail("volatility_is", "is immutable, stable or volatile", _volatility)
