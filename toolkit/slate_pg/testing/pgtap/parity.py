"""pgTAP's 205 assertions, and which of them are here; writes docs/PGTAP.md when run as a module."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

GROUPS = {
    "Core comparisons": "ok is isnt matches imatches doesnt_match doesnt_imatch alike ialike unalike unialike cmp_ok"
    " pass fail isa_ok",
    "Exceptions": "throws_ok throws_like throws_ilike throws_matching throws_imatching lives_ok",
    "Performance": "performs_ok performs_within",
    "Results": "results_eq results_ne set_eq set_ne set_has set_hasnt bag_eq bag_ne bag_has bag_hasnt is_empty"
    " isnt_empty row_eq",
    "Inventories": "tablespaces_are schemas_are roles_are users_are groups_are languages_are extensions_are casts_are"
    " tables_are foreign_tables_are views_are materialized_views_are sequences_are columns_are indexes_are triggers_are"
    " rules_are functions_are opclasses_are operators_are types_are domains_are enums_are",
    "Relations": "has_schema hasnt_schema has_tablespace hasnt_tablespace has_relation hasnt_relation has_table"
    " hasnt_table has_foreign_table hasnt_foreign_table has_view hasnt_view has_materialized_view"
    " hasnt_materialized_view has_sequence hasnt_sequence",
    "Columns": "has_column hasnt_column col_not_null col_is_null col_has_default col_hasnt_default col_type_is"
    " col_default_is",
    "Keys and constraints": "has_pk hasnt_pk has_fk hasnt_fk has_unique has_check col_is_pk col_isnt_pk col_is_fk"
    " col_isnt_fk fk_ok col_is_unique col_has_check",
    "Indexes": "has_index hasnt_index is_indexed index_is_unique index_is_primary index_is_partial index_is_type"
    " is_clustered",
    "Partitions and inheritance": "is_partitioned isnt_partitioned is_partition_of partitions_are has_inherited_tables"
    " hasnt_inherited_tables is_ancestor_of isnt_ancestor_of is_descendent_of isnt_descendent_of",
    "Triggers and rules": "has_trigger hasnt_trigger trigger_is has_rule hasnt_rule rule_is_instead rule_is_on",
    "Functions": "has_function hasnt_function can function_lang_is function_returns volatility_is is_definer"
    " isnt_definer is_strict isnt_strict is_normal_function isnt_normal_function is_procedure isnt_procedure"
    " is_aggregate isnt_aggregate is_window isnt_window",
    "Types, casts, operators": "has_type hasnt_type has_composite hasnt_composite has_domain hasnt_domain has_enum"
    " hasnt_enum enum_has_labels domain_type_is domain_type_isnt has_cast hasnt_cast cast_context_is has_operator"
    " hasnt_operator has_leftop hasnt_leftop has_rightop hasnt_rightop has_opclass hasnt_opclass",
    "Languages and extensions": "has_language hasnt_language language_is_trusted has_extension hasnt_extension",
    "Roles": "has_role hasnt_role has_user hasnt_user has_group hasnt_group is_superuser isnt_superuser is_member_of"
    " isnt_member_of",
    "Ownership": "db_owner_is schema_owner_is tablespace_owner_is language_owner_is relation_owner_is table_owner_is"
    " view_owner_is materialized_view_owner_is sequence_owner_is foreign_table_owner_is index_owner_is"
    " composite_owner_is type_owner_is function_owner_is opclass_owner_is",
    "Privileges": "database_privs_are schema_privs_are tablespace_privs_are language_privs_are table_privs_are"
    " sequence_privs_are column_privs_are any_column_privs_are function_privs_are fdw_privs_are server_privs_are",
    "Policies": "policies_are policy_roles_are policy_cmd_is",
}
ABSENT = {
    "has_rightop": "PostgreSQL 14 removed postfix operators: it could only fail",
    "hasnt_rightop": "PostgreSQL 14 removed postfix operators: it could only pass",
}
RENAMED = {"is": "is_", "pass": "pass_"}
DIFFERS = {
    "hasnt_column": "the table must exist",
    "hasnt_index": "the table must exist",
    "hasnt_trigger": "the table must exist",
    "hasnt_rule": "the table must exist",
    "hasnt_pk": "the table must exist",
    "hasnt_fk": "the table must exist",
    "col_isnt_pk": "table and columns must exist",
    "col_isnt_fk": "table and columns must exist",
    "col_hasnt_default": "the column must exist; a generated column has no default",
    "col_has_default": "a generated column has no default",
    "isnt_partitioned": "the table must exist",
    "hasnt_inherited_tables": "the table must exist",
    "isnt_ancestor_of": "both tables must exist",
    "isnt_descendent_of": "both tables must exist",
    "domain_type_isnt": "domain and type must exist",
    "hasnt_cast": "both types must exist",
    "hasnt_operator": "the types must exist",
    "hasnt_leftop": "the type must exist",
    "hasnt_function": "argument types must exist",
    "is_member_of": "membership through other roles counts too",
    "isnt_member_of": "membership through other roles counts too; all roles must exist",
    "isnt_superuser": "the role must exist",
    "throws_ok": "a SQLSTATE must look like one; nothing is guessed from its length",
    "results_ne": "sides with other columns are an error",
    "set_ne": "sides with other columns are an error",
    "bag_ne": "sides with other columns are an error",
    "policy_roles_are": "PUBLIC is written public, pgTAP does not see it",
    "types_are": "ranges are listed too",
    "has_type": "ranges are found too, and every spelling of a type",
    "has_extension": "may ask for the version",
    "isa_ok": "takes an SQL expression",
    "can": "several overloads count once",
    "performs_ok": "the way to the server and back counts",
}


def names() -> list[str]:
    """Return all 205 names in the order of pgTAP's documentation."""
    return [name for group in GROUPS.values() for name in group.split()]


def ours(name: str) -> str | None:
    """Return the name of our function for one of pgTAP's, or None."""
    return None if name in ABSENT else RENAMED.get(name, name)


def signature(name: str) -> str:
    """Return how a function of ours is called, without the keyword-only rest that all share."""
    from slate_pg.testing import pgtap

    shown = [
        str(p).partition(":")[0] + ("=None" if p.default is None else "" if p.default is p.empty else f"={p.default}")
        for p in inspect.signature(getattr(pgtap, name)).parameters.values()
        if p.kind is not p.KEYWORD_ONLY and p.name != "db"
    ]
    return f"{name}({', '.join(['db', *shown])})"


def table() -> str:
    """Return docs/PGTAP.md."""
    from slate_pg.testing import pgtap

    here = sum(ours(n) is not None for n in names())
    lines = [
        "# pgTAP's assertions in Python",
        "",
        "Generated by `python -m slate_pg.testing.pgtap.parity docs/PGTAP.md`. "
        f"Of pgTAP's {len(names())} assertions {here} are here,",
        "under their own names (`is` and `pass` are words of Python's, so they end in `_`). All take the database",
        "first.",
        '`schema=` and `description=` are keyword-only, so `has_table(db, "app", "users")` is a TypeError, not a',
        "test of another table. A name may be qualified instead (`app.users`); a bare one is looked up on the search",
        "path. Whatever an assertion presupposes must exist: a typo raises UnknownObject, it never passes.",
    ]
    for group, listed in GROUPS.items():
        lines += ["", f"## {group} ({len(listed.split())})", "", "| pgTAP | here | asserts |", "| --- | --- | --- |"]
        for name in listed.split():
            mine = ours(name)
            if mine is None:
                lines.append(f"| `{name}` | – | {ABSENT[name]} |")
                continue
            meaning = (inspect.getdoc(getattr(pgtap, mine)) or "").removeprefix("Assert that ").split("\n")[0]
            note = f" *{DIFFERS[name][0].upper()}{DIFFERS[name][1:]}.*" if name in DIFFERS else ""
            lines.append(f"| `{name}` | `{signature(mine)}` | {meaning}{note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), "utf-8")
