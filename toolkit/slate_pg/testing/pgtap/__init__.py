"""pgTAP's assertions as Python functions: `has_table(db, "users", schema="app")`.

Each raises AssertionError with have, want, the nearest name and the SQL to look yourself, and UnknownObject for a
name that the assertion takes for granted. docs/PGTAP.md lists all of them.
"""

# ruff: noqa: I001 -- several names a line: one each would be four hundred lines that nobody reads.
# fmt: off
from slate_pg.testing.pgtap.access import (
    is_member_of, is_superuser, isnt_member_of, isnt_superuser, language_is_trusted, policy_cmd_is, policy_roles_are,
    rule_is_instead, rule_is_on, trigger_is,
)
from slate_pg.testing.pgtap.core import (
    alike, cmp_ok, doesnt_imatch, doesnt_match, fail, ialike, imatches, is_, isa_ok, isnt, matches, ok, pass_,
    unalike, unialike,
)
from slate_pg.testing.pgtap.existence import (
    columns_are, domains_are, enums_are, extensions_are, foreign_tables_are, functions_are, groups_are, has_column,
    has_composite, has_domain, has_enum, has_extension, has_foreign_table, has_group, has_language,
    has_materialized_view, has_opclass, has_relation, has_role, has_rule, has_schema, has_sequence, has_table,
    has_tablespace, has_trigger, has_type, has_user, has_view, hasnt_column, hasnt_composite, hasnt_domain,
    hasnt_enum, hasnt_extension, hasnt_foreign_table, hasnt_group, hasnt_index, hasnt_language,
    hasnt_materialized_view, hasnt_opclass, hasnt_relation, hasnt_role, hasnt_rule, hasnt_schema, hasnt_sequence,
    hasnt_table, hasnt_tablespace, hasnt_trigger, hasnt_type, hasnt_user, hasnt_view, indexes_are, languages_are,
    materialized_views_are, opclasses_are, policies_are, roles_are, rules_are, schemas_are, sequences_are, tables_are,
    tablespaces_are, triggers_are, types_are, users_are, views_are,
)
from slate_pg.testing.pgtap.functions import (
    can, function_lang_is, function_returns, has_function, hasnt_function, is_aggregate, is_definer,
    is_normal_function, is_procedure, is_strict, is_window, isnt_aggregate, isnt_definer, isnt_normal_function,
    isnt_procedure, isnt_strict, isnt_window, volatility_is,
)
from slate_pg.testing.pgtap.indexes import (
    has_index, index_is_partial, index_is_primary, index_is_type, index_is_unique, is_clustered, is_indexed,
)
from slate_pg.testing.pgtap.inheritance import (
    has_inherited_tables, hasnt_inherited_tables, is_ancestor_of, is_descendent_of, is_partition_of, is_partitioned,
    isnt_ancestor_of, isnt_descendent_of, isnt_partitioned, partitions_are,
)
from slate_pg.testing.pgtap.ownership import (
    composite_owner_is, db_owner_is, foreign_table_owner_is, function_owner_is, index_owner_is, language_owner_is,
    materialized_view_owner_is, opclass_owner_is, relation_owner_is, schema_owner_is, sequence_owner_is,
    table_owner_is, tablespace_owner_is, type_owner_is, view_owner_is,
)
from slate_pg.testing.pgtap.privileges import (
    any_column_privs_are, column_privs_are, database_privs_are, fdw_privs_are, function_privs_are, language_privs_are,
    schema_privs_are, sequence_privs_are, server_privs_are, table_privs_are, tablespace_privs_are,
)
from slate_pg.testing.pgtap.refusals import (
    lives_ok, performs_ok, performs_within, throws_ilike, throws_imatching, throws_like, throws_matching, throws_ok,
)
from slate_pg.testing.pgtap.results import (
    bag_eq, bag_has, bag_hasnt, bag_ne, is_empty, isnt_empty, results_eq, results_ne, row_eq, set_eq, set_has,
    set_hasnt, set_ne,
)
from slate_pg.testing.pgtap.tables import (
    col_default_is, col_has_check, col_has_default, col_hasnt_default, col_is_fk, col_is_null, col_is_pk,
    col_is_unique, col_isnt_fk, col_isnt_pk, col_not_null, col_type_is, fk_ok, has_check, has_fk, has_pk, has_unique,
    hasnt_fk, hasnt_pk,
)
from slate_pg.testing.pgtap.types import (
    cast_context_is, casts_are, domain_type_is, domain_type_isnt, enum_has_labels, has_cast, has_leftop, has_operator,
    hasnt_cast, hasnt_leftop, hasnt_operator, operators_are,
)

__all__ = [
    "alike", "any_column_privs_are", "bag_eq", "bag_has", "bag_hasnt", "bag_ne", "can", "cast_context_is",
    "casts_are", "cmp_ok", "col_default_is", "col_has_check", "col_has_default", "col_hasnt_default", "col_is_fk",
    "col_is_null", "col_is_pk", "col_is_unique", "col_isnt_fk", "col_isnt_pk", "col_not_null", "col_type_is",
    "column_privs_are", "columns_are", "composite_owner_is", "database_privs_are", "db_owner_is", "doesnt_imatch",
    "doesnt_match", "domain_type_is", "domain_type_isnt", "domains_are", "enum_has_labels", "enums_are",
    "extensions_are", "fail", "fdw_privs_are", "fk_ok", "foreign_table_owner_is", "foreign_tables_are",
    "function_lang_is", "function_owner_is", "function_privs_are", "function_returns", "functions_are", "groups_are",
    "has_cast", "has_check", "has_column", "has_composite", "has_domain", "has_enum", "has_extension", "has_fk",
    "has_foreign_table", "has_function", "has_group", "has_index", "has_inherited_tables", "has_language",
    "has_leftop", "has_materialized_view", "has_opclass", "has_operator", "has_pk", "has_relation", "has_role",
    "has_rule", "has_schema", "has_sequence", "has_table", "has_tablespace", "has_trigger", "has_type", "has_unique",
    "has_user", "has_view", "hasnt_cast", "hasnt_column", "hasnt_composite", "hasnt_domain", "hasnt_enum",
    "hasnt_extension", "hasnt_fk", "hasnt_foreign_table", "hasnt_function", "hasnt_group", "hasnt_index",
    "hasnt_inherited_tables", "hasnt_language", "hasnt_leftop", "hasnt_materialized_view", "hasnt_opclass",
    "hasnt_operator", "hasnt_pk", "hasnt_relation", "hasnt_role", "hasnt_rule", "hasnt_schema", "hasnt_sequence",
    "hasnt_table", "hasnt_tablespace", "hasnt_trigger", "hasnt_type", "hasnt_user", "hasnt_view", "ialike",
    "imatches", "index_is_partial", "index_is_primary", "index_is_type", "index_is_unique", "index_owner_is",
    "indexes_are", "is_", "is_aggregate", "is_ancestor_of", "is_clustered", "is_definer", "is_descendent_of",
    "is_empty", "is_indexed", "is_member_of", "is_normal_function", "is_partition_of", "is_partitioned",
    "is_procedure", "is_strict", "is_superuser", "is_window", "isa_ok", "isnt", "isnt_aggregate", "isnt_ancestor_of",
    "isnt_definer", "isnt_descendent_of", "isnt_empty", "isnt_member_of", "isnt_normal_function", "isnt_partitioned",
    "isnt_procedure", "isnt_strict", "isnt_superuser", "isnt_window", "language_is_trusted", "language_owner_is",
    "language_privs_are", "languages_are", "lives_ok", "matches", "materialized_view_owner_is",
    "materialized_views_are", "ok", "opclass_owner_is", "opclasses_are", "operators_are", "partitions_are", "pass_",
    "performs_ok", "performs_within", "policies_are", "policy_cmd_is", "policy_roles_are", "relation_owner_is",
    "results_eq", "results_ne", "roles_are", "row_eq", "rule_is_instead", "rule_is_on", "rules_are",
    "schema_owner_is", "schema_privs_are", "schemas_are", "sequence_owner_is", "sequence_privs_are", "sequences_are",
    "server_privs_are", "set_eq", "set_has", "set_hasnt", "set_ne", "table_owner_is", "table_privs_are", "tables_are",
    "tablespace_owner_is", "tablespace_privs_are", "tablespaces_are", "throws_ilike", "throws_imatching",
    "throws_like", "throws_matching", "throws_ok", "trigger_is", "triggers_are", "type_owner_is", "types_are",
    "unalike", "unialike", "users_are", "view_owner_is", "views_are", "volatility_is",
]
