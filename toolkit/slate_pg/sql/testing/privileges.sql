-- What a role may effectively do with one object, PUBLIC and memberships included.
-- A privilege this server does not know (MAINTAIN before 17) is not asked for.
SELECT asked.privilege
FROM unnest(%(privileges)s::text[]) AS asked (privilege)
WHERE
    CASE %(kind)s
        WHEN 'relation'
            THEN has_table_privilege(%(role)s::name, %(oid)s::oid, asked.privilege)
        WHEN 'sequence'
            THEN has_sequence_privilege(%(role)s::name, %(oid)s::oid, asked.privilege)
        WHEN 'any column'
            THEN has_any_column_privilege(%(role)s::name, %(oid)s::oid, asked.privilege)
        WHEN 'column'
            THEN has_column_privilege(%(role)s::name, %(oid)s::oid, %(name)s::text, asked.privilege)
        WHEN 'function'
            THEN has_function_privilege(%(role)s::name, %(oid)s::oid, asked.privilege)
        WHEN 'type'
            THEN has_type_privilege(%(role)s::name, %(oid)s::oid, asked.privilege)
        WHEN 'schema'
            THEN has_schema_privilege(%(role)s::name, %(name)s::text, asked.privilege)
        WHEN 'database'
            THEN has_database_privilege(%(role)s::name, %(name)s::text, asked.privilege)
        WHEN 'language'
            THEN has_language_privilege(%(role)s::name, %(name)s::text, asked.privilege)
        WHEN 'tablespace'
            THEN has_tablespace_privilege(%(role)s::name, %(name)s::text, asked.privilege)
        WHEN 'foreign data wrapper'
            THEN has_foreign_data_wrapper_privilege(%(role)s::name, %(name)s::text, asked.privilege)
        WHEN 'server'
            THEN has_server_privilege(%(role)s::name, %(name)s::text, asked.privilege)
    END
ORDER BY 1
