"""pgTAP's assertions about enums, domains, casts and operators. Types that do not exist are errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import SYSTEM, Catalog
from slate_pg.testing.names import UnknownObject, same_type, split_name, unknown
from slate_pg.testing.objects import Cast, Operator, Type
from slate_pg.testing.pgtap.asserting import called, exactly_these, expect, in_which
from slate_pg.testing.verbs import Catalogued

_CASTS = lookup_sql.places("cast")


def type_of(catalog: Catalog, name: str, schema: str | None, kind: str = "") -> Type:
    """Return a type, of one of pg_type's kinds where given; UnknownObject when there is none."""
    found = catalog.find_type(name, schema)
    if found is None or (kind and found.kind != kind):
        label = {"e": "enum", "d": "domain"}.get(kind, "type")
        known = [t.spelled for s in catalog.places("schema") for t in catalog.types(s, kind or "bcder")]
        raise unknown(label, name, known, lookup_sql.types(name))
    return found


def enum_has_labels(
    db: Catalogued, name: str, labels: Sequence[str], *, schema: str | None = None, description: str = ""
) -> None:
    """Assert that an enum, which must exist, has exactly these labels in this order."""
    found = type_of(db.catalog, name, schema, "e")
    look = f"SELECT enum_range(NULL::{found.spelled});"
    expect(found.labels == list(labels), f"labels of {found.spelled}", have=", ".join(found.labels),
           want=", ".join(labels), look=look, description=description)  # fmt: skip


class DomainType(Protocol):
    """An assertion about the base type of a domain; both must exist."""

    def __call__(
        self, db: Catalogued, name: str, base: str, *, schema: str | None = None, description: str = ""
    ) -> None:
        """Raise AssertionError unless it is so."""


def _domain(name: str, wanted: bool) -> DomainType:
    def assertion(db: Catalogued, name: str, base: str, *, schema: str | None = None, description: str = "") -> None:
        catalog = db.catalog
        found = type_of(catalog, name, schema, "d")
        catalog.type_spelling(base)
        have = found.base or ""
        true = same_type(have if "(" in base else have.partition("(")[0], base)
        expect(true is wanted, f"base type of {found.spelled}", have=have, want=f"{'' if wanted else 'not '}{base}",
               look=lookup_sql.types(name), description=description)  # fmt: skip

    return called(assertion, name, f"a domain, which must exist, is {'' if wanted else 'not '}over a type", __name__)


domain_type_is, domain_type_isnt = _domain("domain_type_is", True), _domain("domain_type_isnt", False)


def _cast(catalog: Catalog, source: str, target: str) -> Cast | None:
    wanted = (catalog.type_spelling(source), catalog.type_spelling(target))
    return next((c for c in catalog.casts if (c.source, c.target) == wanted), None)


def has_cast(db: Catalogued, source: str, target: str, *, function: str | None = None, description: str = "") -> None:
    """Assert that there is a cast between two types, which must exist, by this function where one is given."""
    found = _cast(db.catalog, source, target)
    true = found is not None and (function is None or _function_is(found, function))
    have = "none" if found is None else f"one by {found.function or 'no function'}"
    expect(true, f"cast {source} AS {target}", have=have, want=f"one by {function}" if function else "one", look=_CASTS,
           description=description)  # fmt: skip


def hasnt_cast(db: Catalogued, source: str, target: str, *, function: str | None = None, description: str = "") -> None:
    """Assert that there is no cast between two types, which must exist, or none by this function."""
    found = _cast(db.catalog, source, target)
    true = found is None or (function is not None and not _function_is(found, function))
    expect(true, f"cast {source} AS {target}", have="one", want="none", look=_CASTS, description=description)


def _function_is(found: Cast, function: str) -> bool:
    return found.function is not None and function in (found.function, found.function.rpartition(".")[2])


def cast_context_is(db: Catalogued, source: str, target: str, context: str, *, description: str = "") -> None:
    """Assert that a cast, which must exist, is implicit, assignment or explicit."""
    words = [w for w in ("implicit", "assignment", "explicit") if w.startswith(context.lower())]
    if len(words) != 1:
        raise UnknownObject(f'"{context}" is no context of a cast: implicit, assignment or explicit')
    found = _cast(db.catalog, source, target)
    if found is None:
        raise UnknownObject(f"no cast {source} AS {target}\n  look: {_CASTS}")
    expect(found.context == words[0], f"cast {source} AS {target}", have=found.context, want=words[0], look=_CASTS,
           description=description)  # fmt: skip


def casts_are(db: Catalogued, names: Iterable[str], *, description: str = "") -> None:
    """Assert that these are all casts of the database, the system's included, each written `integer AS text`."""
    exactly_these([f"{c.source} AS {c.target}" for c in db.catalog.casts], names, "the casts differ", look=_CASTS,
                  description=description)  # fmt: skip


def _operators(catalog: Catalog, schema: str | None) -> list[Operator]:
    schemas = catalog.schemas(schema)
    return [o for s in schemas for same in catalog.named("operators", Operator, s).values() for o in same]


def _shown(operator: Operator) -> str:
    return f"{operator.name}({operator.left or 'NONE'},{operator.right}) RETURNS {operator.returns}"


def operators_are(db: Catalogued, names: Iterable[str], *, schema: str | None = None, description: str = "") -> None:
    """Assert that these are all operators of a schema, each written `+(integer,integer) RETURNS integer`."""
    catalog = db.catalog
    where = in_which(catalog, schema)
    have = [_shown(o) for o in _operators(catalog, schema) if schema or o.schema not in SYSTEM]
    exactly_these(have, names, f"the operators of {where} differ", description=description,
                  look=lookup_sql.in_schema("pg_operator", "opr", schema))  # fmt: skip


def _operator_exists(
    db: Catalogued, left: str | None, name: str, right: str, returns: str | None, schema: str | None, wanted: bool,
    description: str,
) -> None:  # fmt: skip
    catalog = db.catalog
    spaced, bare = split_name(name, schema) if "." in name else (schema, name)
    sides = [catalog.type_spelling(t) if t else None for t in (left, right, returns)]
    alike = [o for o in _operators(catalog, spaced) if o.name == bare]
    found = [o for o in alike if [o.left, o.right] == sides[:2] and sides[2] in (None, o.returns)]
    shown = f"{bare}({left or 'NONE'},{right})" + (f" RETURNS {returns}" if returns else "")
    expect(bool(found) is wanted, f"operator {shown}", have="; ".join(map(_shown, found)) or "none",
           want=shown if wanted else "none", near=[] if found else [_shown(o) for o in alike[:3]],
           look=lookup_sql.in_schema("pg_operator", "opr", spaced), description=description)  # fmt: skip


class BinaryOperator(Protocol):
    """An assertion about an operator between two types; the types must exist."""

    def __call__(
        self, db: Catalogued, left: str, name: str, right: str, returns: str | None = None, *,
        schema: str | None = None, description: str = "",
    ) -> None:  # fmt: skip
        """Raise AssertionError unless it is so."""


class PrefixOperator(Protocol):
    """An assertion about an operator before one value; the type must exist."""

    def __call__(
        self, db: Catalogued, name: str, right: str, returns: str | None = None, *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        """Raise AssertionError unless it is so."""


def _binary(name: str, wanted: bool) -> BinaryOperator:
    def assertion(
        db: Catalogued, left: str, name: str, right: str, returns: str | None = None, *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        _operator_exists(db, left, name, right, returns, schema, wanted, description)

    return called(assertion, name, f"there is {'an' if wanted else 'no'} operator between two types", __name__)


def _prefix(name: str, wanted: bool) -> PrefixOperator:
    def assertion(
        db: Catalogued, name: str, right: str, returns: str | None = None, *, schema: str | None = None,
        description: str = "",
    ) -> None:  # fmt: skip
        _operator_exists(db, None, name, right, returns, schema, wanted, description)

    return called(assertion, name, f"there is {'a' if wanted else 'no'} prefix operator before a type", __name__)


has_operator, hasnt_operator = _binary("has_operator", True), _binary("hasnt_operator", False)
has_leftop, hasnt_leftop = _prefix("has_leftop", True), _prefix("hasnt_leftop", False)
