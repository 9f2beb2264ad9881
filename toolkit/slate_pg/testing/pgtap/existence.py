"""pgTAP's has_…, hasnt_… and …_are for everything that has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from slate_pg.testing import lookup_sql
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.objects import OperatorClass, Policy, Rule, Trigger
from slate_pg.testing.pgtap.asserting import exactly_these, expect, in_which
from slate_pg.testing.pgtap.kinds import Global, Part, Schemed, existence
from slate_pg.testing.verbs import Catalogued

_HERE = __name__


def _schemas(catalog: Catalog) -> list[str]:
    return [n for n in catalog.places("schema") if not n.startswith("pg_") and n != "information_schema"]


def _languages(catalog: Catalog) -> list[str]:
    return [n for n, p in catalog.places("language").items() if p.version == "procedural"]


SCHEMA = Global("schema", lambda c: c.places("schema"), lookup_sql.places("schema"))
TABLESPACE = Global("tablespace", lambda c: c.places("tablespace"), lookup_sql.places("tablespace"))
LANGUAGE = Global("language", lambda c: c.places("language"), lookup_sql.places("language"))
ROLE = Global("role", lambda c: c.roles, lookup_sql.places("role"))
USER = Global("user", lambda c: [n for n, r in c.roles.items() if r.login], lookup_sql.places("role"))
GROUP = Global("group", lambda c: [n for n, r in c.roles.items() if not r.login], lookup_sql.places("role"))

has_schema, hasnt_schema = SCHEMA.exists("has_schema", _HERE), SCHEMA.exists("hasnt_schema", _HERE, False)
schemas_are = Global("schema", _schemas, lookup_sql.places("schema")).all(
    "schemas_are", "schemas other than the system's", _HERE
)
hasnt_tablespace = TABLESPACE.exists("hasnt_tablespace", _HERE, False)
tablespaces_are = TABLESPACE.all("tablespaces_are", "tablespaces", _HERE)
has_language, hasnt_language = LANGUAGE.exists("has_language", _HERE), LANGUAGE.exists("hasnt_language", _HERE, False)
languages_are = Global("language", _languages, lookup_sql.places("language")).all(
    "languages_are", "procedural languages", _HERE
)
has_role, hasnt_role = ROLE.exists("has_role", _HERE), ROLE.exists("hasnt_role", _HERE, False)
roles_are = ROLE.all("roles_are", "roles", _HERE)
has_user, hasnt_user = USER.exists("has_user", _HERE), USER.exists("hasnt_user", _HERE, False)
users_are = USER.all("users_are", "roles that can log in", _HERE)
has_group, hasnt_group = GROUP.exists("has_group", _HERE), GROUP.exists("hasnt_group", _HERE, False)
groups_are = GROUP.all("groups_are", "roles that cannot log in", _HERE)


def has_tablespace(db: Catalogued, name: str, *, location: str | None = None, description: str = "") -> None:
    """Assert that there is a tablespace, at this location where one is given."""
    known = db.catalog.places("tablespace")
    existence("tablespace", name, name in known, True, known, TABLESPACE.look, description)
    have = known[name].detail
    expect(location in (None, have), f"tablespace {name} is elsewhere", have=have, want=location, look=TABLESPACE.look,
           description=description)  # fmt: skip


def has_extension(
    db: Catalogued, name: str, *, schema: str | None = None, version: str | None = None, description: str = ""
) -> None:
    """Assert that an extension is installed, in this schema and version where they are given."""
    known = db.catalog.places("extension")
    existence("extension", name, name in known, True, known, lookup_sql.places("extension"), description)
    have, want = (known[name].detail, known[name].version), (schema, version)
    expect(
        all(w in (None, h) for h, w in zip(have, want, strict=True)), f"extension {name} is another",
        have=f"schema {have[0]}, version {have[1]}", want=f"schema {schema or 'any'}, version {version or 'any'}",
        look=lookup_sql.places("extension"), description=description,
    )  # fmt: skip


def hasnt_extension(db: Catalogued, name: str, *, schema: str | None = None, description: str = "") -> None:
    """Assert that an extension is not installed, or not in this schema, which must exist."""
    catalog = db.catalog
    if schema is not None:
        in_which(catalog, schema)
    known = {n: p for n, p in catalog.places("extension").items() if schema in (None, p.detail)}
    existence("extension", name, name in known, False, known, lookup_sql.places("extension"), description)


def extensions_are(db: Catalogued, names: Iterable[str], *, schema: str | None = None, description: str = "") -> None:
    """Assert that these are all installed extensions, or all those in one schema."""
    catalog = db.catalog
    if schema is not None:
        in_which(catalog, schema)
    known = [n for n, p in catalog.places("extension").items() if schema in (None, p.detail)]
    exactly_these(known, names, "the extensions differ", look=lookup_sql.places("extension"), description=description)


def _relations(label: str, *kinds: str) -> Schemed:
    def found(catalog: Catalog, name: str, schema: str | None) -> bool:
        quoted_name = '"' + name.replace('"', '""') + '"'
        return catalog.find_relation(name if schema else quoted_name, schema, kinds) is not None

    return Schemed(
        label,
        lambda c, s: [r.name for r in c.relations(s, kinds)],
        lambda s: lookup_sql.in_schema("pg_class", "rel", s),
        found,
    )


def _types(label: str, kinds: str) -> Schemed:
    def found(catalog: Catalog, name: str, schema: str | None) -> bool:
        quoted_name = '"' + name.replace('"', '""') + '"'
        there = catalog.find_type(name if schema else quoted_name, schema)
        return there is not None and there.kind in kinds

    return Schemed(
        label,
        lambda c, s: [t.name for t in c.types(s, kinds)],
        lambda s: lookup_sql.in_schema("pg_type", "typ", s),
        found,
    )


def _opclasses(catalog: Catalog, schema: str | None, system: bool = True) -> list[str]:
    schemas = [s for s in catalog.schemas(schema) if system or schema or s != "pg_catalog"]
    return [name for s in schemas for name in catalog.named("opclasses", OperatorClass, s)]


def _look(catalog: str, prefix: str) -> Callable[[str | None], str]:
    return lambda schema: lookup_sql.in_schema(catalog, prefix, schema)


RELATION = _relations("relation")
TABLE = _relations("table", "table")
FOREIGN = _relations("foreign table", "foreign table")
VIEW = _relations("view", "view")
MATERIALIZED = _relations("materialized view", "materialized view")
SEQUENCE = _relations("sequence", "sequence")
COMPOSITE = _relations("composite type", "composite type")
TYPE, DOMAIN, ENUM = _types("type", "bcdperm"), _types("domain", "d"), _types("enum", "e")
OPCLASS = Schemed("operator class", _opclasses, _look("pg_opclass", "opc"))

has_relation, hasnt_relation = RELATION.exists("has_relation", _HERE), RELATION.exists("hasnt_relation", _HERE, False)
has_table, hasnt_table = TABLE.exists("has_table", _HERE), TABLE.exists("hasnt_table", _HERE, False)
tables_are = TABLE.all("tables_are", "tables", _HERE)
has_foreign_table = FOREIGN.exists("has_foreign_table", _HERE)
hasnt_foreign_table = FOREIGN.exists("hasnt_foreign_table", _HERE, False)
foreign_tables_are = FOREIGN.all("foreign_tables_are", "foreign tables", _HERE)
has_view, hasnt_view = VIEW.exists("has_view", _HERE), VIEW.exists("hasnt_view", _HERE, False)
views_are = VIEW.all("views_are", "views", _HERE)
has_materialized_view = MATERIALIZED.exists("has_materialized_view", _HERE)
hasnt_materialized_view = MATERIALIZED.exists("hasnt_materialized_view", _HERE, False)
materialized_views_are = MATERIALIZED.all("materialized_views_are", "materialized views", _HERE)
has_sequence, hasnt_sequence = SEQUENCE.exists("has_sequence", _HERE), SEQUENCE.exists("hasnt_sequence", _HERE, False)
sequences_are = SEQUENCE.all("sequences_are", "sequences", _HERE)
has_composite = COMPOSITE.exists("has_composite", _HERE)
hasnt_composite = COMPOSITE.exists("hasnt_composite", _HERE, False)
has_type, hasnt_type = TYPE.exists("has_type", _HERE), TYPE.exists("hasnt_type", _HERE, False)
types_are = _types("type", "bcdper").all("types_are", "types but multiranges and the row types of tables", _HERE)
has_domain, hasnt_domain = DOMAIN.exists("has_domain", _HERE), DOMAIN.exists("hasnt_domain", _HERE, False)
domains_are = DOMAIN.all("domains_are", "domains", _HERE)
has_enum, hasnt_enum = ENUM.exists("has_enum", _HERE), ENUM.exists("hasnt_enum", _HERE, False)
enums_are = ENUM.all("enums_are", "enums", _HERE)
has_opclass, hasnt_opclass = OPCLASS.exists("has_opclass", _HERE), OPCLASS.exists("hasnt_opclass", _HERE, False)
opclasses_are = Schemed("operator class", lambda c, s: _opclasses(c, s, False), _look("pg_opclass", "opc")).all(
    "opclasses_are", "operator classes", _HERE
)
functions_are = Schemed("function", lambda c, s: {f.name for f in c.functions_in(s)}, _look("pg_proc", "pro")).all(
    "functions_are", "functions, by name", _HERE
)

COLUMN = Part("column", lambda c, r: c.columns(r))
INDEX = Part("index", lambda c, r: c.indexes(r))
TRIGGER = Part("trigger", lambda c, r: c.parts("triggers", Trigger, r))
RULE = Part("rule", lambda c, r: c.parts("rules", Rule, r))
POLICY = Part("policy", lambda c, r: c.parts("policies", Policy, r))

has_column, hasnt_column = COLUMN.exists("has_column", _HERE), COLUMN.exists("hasnt_column", _HERE, False)
columns_are = COLUMN.all("columns_are", "columns", _HERE)
hasnt_index = INDEX.exists("hasnt_index", _HERE, False)
indexes_are = INDEX.all("indexes_are", "indexes", _HERE)
has_trigger, hasnt_trigger = TRIGGER.exists("has_trigger", _HERE), TRIGGER.exists("hasnt_trigger", _HERE, False)
triggers_are = TRIGGER.all("triggers_are", "triggers", _HERE)
has_rule, hasnt_rule = RULE.exists("has_rule", _HERE), RULE.exists("hasnt_rule", _HERE, False)
rules_are = RULE.all("rules_are", "rules", _HERE)
policies_are = POLICY.all("policies_are", "row security policies", _HERE)
