"""The SQL to look yourself, printed under every failure."""

from __future__ import annotations

from slate_pg.testing.names import literal, split_name

_PARTS = {
    "column": "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
    " WHERE attrelid = {0}::regclass AND attnum > 0 AND NOT attisdropped;",
    "index": "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = {0}::regclass;",
    "trigger": "SELECT tgenabled, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = {0}::regclass AND NOT tgisinternal;",
    "policy": "SELECT polname, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),"
    " pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = {0}::regclass;",
    "rule": "SELECT rulename, pg_get_ruledef(oid) FROM pg_rewrite WHERE ev_class = {0}::regclass;",
    "partition": "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = {0}::regclass;",
    "table": "SELECT * FROM pg_class WHERE oid = {0}::regclass;",
}
_CONSTRAINTS = "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {0}::regclass;"
_PLACES = {
    "schema": "SELECT nspname, nspowner::regrole FROM pg_namespace ORDER BY 1;",
    "language": "SELECT lanname, lanowner::regrole, lanpltrusted FROM pg_language ORDER BY 1;",
    "extension": "SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension ORDER BY 1;",
    "tablespace": "SELECT spcname, spcowner::regrole, pg_tablespace_location(oid) FROM pg_tablespace ORDER BY 1;",
    "database": "SELECT datname, datdba::regrole FROM pg_database ORDER BY 1;",
    "foreign data wrapper": "SELECT fdwname, fdwowner::regrole FROM pg_foreign_data_wrapper ORDER BY 1;",
    "server": "SELECT srvname, srvowner::regrole FROM pg_foreign_server ORDER BY 1;",
    "role": "SELECT rolname, rolsuper, rolcanlogin, rolbypassrls FROM pg_roles ORDER BY 1;",
    "cast": "SELECT castsource::regtype, casttarget::regtype, castcontext, castfunc::regproc FROM pg_cast;",
}


def relations(name: str) -> str:
    """Return the query that lists relations named like this one."""
    schema, bare = split_name(name)
    where = f" AND relnamespace = {literal(schema)}::regnamespace" if schema else ""
    return f"SELECT oid::regclass, relkind FROM pg_class WHERE relname ILIKE {literal(bare[:2] + '%')}{where};"


def in_schema(catalog: str, prefix: str, schema: str | None) -> str:
    """Return the query that lists what a catalog holds in a schema."""
    where = f" WHERE {prefix}namespace = {literal(schema)}::regnamespace" if schema else ""
    return f"SELECT {prefix}name FROM {catalog}{where} ORDER BY 1;"


def parts(kind: str, relation: str) -> str:
    """Return the query that lists the parts of one relation."""
    return _PARTS.get(kind, _CONSTRAINTS).format(literal(relation))


def functions(name: str) -> str:
    """Return the query that shows every overload of a function."""
    bare = split_name(name)[1]
    return f"SELECT oid::regprocedure, prokind, prosecdef, provolatile FROM pg_proc WHERE proname = {literal(bare)};"


def types(name: str) -> str:
    """Return the query that lists types named like this one."""
    bare = split_name(name)[1]
    return f"SELECT oid::regtype, typtype FROM pg_type WHERE typname ILIKE {literal(bare[:2] + '%')};"


def places(kind: str) -> str:
    """Return the query that lists schemas, languages, roles, casts …."""
    return _PLACES[kind]
