"""One mechanism for all kinds of things: there is one, there is none, and these are all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.names import nearest, quoted, split_name
from slate_pg.testing.objects import Relation
from slate_pg.testing.pgtap.asserting import (
    AllAlone,
    AllInSchema,
    AllOnTable,
    Alone,
    InSchema,
    OnTable,
    called,
    exactly_these,
    expect,
    in_which,
)
from slate_pg.testing.verbs import Catalogued


@dataclass(frozen=True)
class Global:
    """A kind that lives in no schema: `names` lists all there are."""

    label: str
    names: Callable[[Catalog], Iterable[str]]
    look: str

    def exists(self, name: str, module: str, wanted: bool = True) -> Alone:
        """Return has_… or hasnt_…."""

        def assertion(db: Catalogued, name: str, *, description: str = "") -> None:
            known = set(self.names(db.catalog))
            existence(self.label, quoted(name), name in known, wanted, known, self.look, description)

        return called(assertion, name, f"there is {'a' if wanted else 'no'} {self.label} of this name", module)

    def all(self, name: str, plural: str, module: str) -> AllAlone:
        """Return …_are."""

        def assertion(db: Catalogued, names: Iterable[str], *, description: str = "") -> None:
            exactly_these(
                self.names(db.catalog), names, f"the {plural} differ", look=self.look, description=description
            )

        return called(assertion, name, f"these are all {plural}, no more and no less", module)


@dataclass(frozen=True)
class Schemed:
    """A kind that lives in a schema: `names` lists those of one schema, or of the search path."""

    label: str
    names: Callable[[Catalog, str | None], Iterable[str]]
    look: Callable[[str | None], str]
    found: Callable[[Catalog, str, str | None], bool] | None = None

    def exists(self, name: str, module: str, wanted: bool = True) -> InSchema:
        """Return has_… or hasnt_…."""

        def assertion(db: Catalogued, name: str, *, schema: str | None = None, description: str = "") -> None:
            catalog = db.catalog
            schema, bare = split_name(name, schema)
            in_which(catalog, schema)
            known = list(self.names(catalog, schema))
            true = self.found(catalog, bare, schema) if self.found else bare in known
            shown = quoted(*(p for p in (schema, bare) if p))
            existence(self.label, shown, true, wanted, known, self.look(schema), description)

        where = "in a schema, or on the search path"
        return called(assertion, name, f"there is {'a' if wanted else 'no'} {self.label} of this name {where}", module)

    def all(self, name: str, plural: str, module: str) -> AllInSchema:
        """Return …_are."""

        def assertion(
            db: Catalogued, names: Iterable[str], *, schema: str | None = None, description: str = ""
        ) -> None:
            catalog = db.catalog
            title = f"the {plural} of {in_which(catalog, schema)} differ"
            exactly_these(self.names(catalog, schema), names, title, look=self.look(schema), description=description)

        return called(assertion, name, f"these are all {plural} of a schema, or of the search path", module)


@dataclass(frozen=True)
class Part:
    """A kind that belongs to a table: `names` lists those of one table."""

    label: str
    names: Callable[[Catalog, Relation], Iterable[str]]

    def exists(self, name: str, module: str, wanted: bool = True) -> OnTable:
        """Return has_… or hasnt_…; the table must exist in both cases."""

        def assertion(
            db: Catalogued, table: str, name: str, *, schema: str | None = None, description: str = ""
        ) -> None:
            catalog = db.catalog
            relation = catalog.relation(table, schema)
            known = list(self.names(catalog, relation))
            look = lookup_sql.parts(self.label, str(relation))
            existence(f"{self.label} on {relation}", quoted(name), name in known, wanted, known, look, description)

        return called(assertion, name, f"a table, which must exist, has {'a' if wanted else 'no'} {self.label}", module)

    def all(self, name: str, plural: str, module: str) -> AllOnTable:
        """Return …_are."""

        def assertion(
            db: Catalogued, table: str, names: Iterable[str], *, schema: str | None = None, description: str = ""
        ) -> None:
            catalog = db.catalog
            relation = catalog.relation(table, schema)
            exactly_these(self.names(catalog, relation), names, f"the {plural} of {relation} differ",
                          look=lookup_sql.parts(self.label, str(relation)), description=description)  # fmt: skip

        return called(assertion, name, f"these are all {plural} of a table", module)


def existence(
    label: str, name: str, true: bool, wanted: bool, known: Iterable[str], look: str, description: str
) -> None:
    """Refuse unless something exists, or unless it does not."""
    there = f"{label} {name}"
    expect(
        true is wanted, f"{'no ' if wanted else ''}{there}{'' if wanted else ' exists'}", look=look,
        have=there if true else f"no {there}", want=there if wanted else f"no {there}",
        near=[] if true else nearest(name, known), description=description,
    )  # fmt: skip
