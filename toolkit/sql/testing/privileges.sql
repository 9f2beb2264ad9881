-- What a role may effectively do with one object, PUBLIC and memberships included, grant options left out.
-- A privilege this server does not know (MAINTAIN before 17) is not asked for.
SELECT wanted.privilege
FROM unnest(%(privileges)s::text[]) AS wanted (privilege)
WHERE
    CASE %(kind)s
        WHEN 'relation' THEN has_table_privilege(%(role)s::name, %(oid)s::oid, wanted.privilege)
        WHEN 'sequence' THEN has_sequence_privilege(%(role)s::name, %(oid)s::oid, wanted.privilege)
        WHEN 'any column' THEN has_any_column_privilege(%(role)s::name, %(oid)s::oid, wanted.privilege)
        WHEN 'column' THEN has_column_privilege(%(role)s::name, %(oid)s::oid, %(name)s::text, wanted.privilege)
        WHEN 'function' THEN has_function_privilege(%(role)s::name, %(oid)s::oid, wanted.privilege)
        WHEN 'type' THEN has_type_privilege(%(role)s::name, %(oid)s::oid, wanted.privilege)
        WHEN 'schema' THEN has_schema_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
        WHEN 'database' THEN has_database_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
        WHEN 'language' THEN has_language_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
        WHEN 'tablespace' THEN has_tablespace_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
        WHEN 'foreign data wrapper' THEN has_foreign_data_wrapper_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
        WHEN 'server' THEN has_server_privilege(%(role)s::name, %(name)s::text, wanted.privilege)
    END
ORDER BY 1
