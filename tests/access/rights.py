"""What each role of a product may do with each object, tried on the server column by column, and how its functions run.

The other side is <product>.rights.txt beside this file: reviewed once, then changed by hand or by
`pytest --write-access`. No knowledge of a product here.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from slate_pg.testing.access.table import read_table
from slate_pg.testing.database import Database

HERE = Path(__file__).parent
HEAD = (
    "# What each role may do, column by column, as tried on the server, and how functions run.\n"
    "# Written by `pytest --write-access`: a change here changes rights."
)
Blocks = dict[str, list[str]]

# Tries a statement as a role, undoes it, and says whether the server let the role: what triggers say comes later.
MAY = """
CREATE FUNCTION pg_temp.may(who text, tried text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_said text;
BEGIN
    BEGIN
        PERFORM set_config('role', who, true);
        EXECUTE tried;
        RAISE EXCEPTION 'done';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE, v_said = MESSAGE_TEXT;
    END;
    RETURN NOT (v_state = '42501' AND starts_with(v_said, 'permission denied'))
        AND NOT (v_state IN ('42809', '55000') AND starts_with(v_said, 'cannot '));
END;
$$
"""

# Every column of every table and view, every verb, every role; no row is touched, for none is asked for.
RELATIONS = """
SELECT entry, role || ': ' || string_agg(said, ', ' ORDER BY place)
FROM (
    SELECT
        c.relname::text AS entry, r.role, v.place, bool_and(t.may) AS whole,
        v.verb || CASE WHEN bool_and(t.may) THEN '' ELSE
            ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) FILTER (WHERE t.may) || ')' END AS said
    FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN unnest(%(roles)s::text[]) AS r (role)
    CROSS JOIN (
        VALUES (1, 'select', 'SELECT %%2$I FROM %%1$s LIMIT 0'),
            (2, 'insert', 'INSERT INTO %%1$s (%%2$I) SELECT NULL::%%3$s WHERE false'),
            (3, 'update', 'UPDATE %%1$s SET %%2$I = NULL::%%3$s WHERE false'),
            (4, 'delete', 'DELETE FROM %%1$s WHERE false')
    ) AS v (place, verb, statement)
    CROSS JOIN LATERAL (
        SELECT pg_temp.may(r.role, format(v.statement, c.oid::regclass, a.attname, format_type(a.atttypid, NULL)))
    ) AS t (may)
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
        AND c.relname !~ '^(_slate|_yoyo|yoyo)'
        AND (v.place <> 4 OR a.attnum = 1)
        AND (v.place NOT IN (2, 3) OR (a.attgenerated = '' AND a.attidentity <> 'a'))
    GROUP BY c.relname, r.role, v.place, v.verb
    HAVING bool_or(t.may)
) AS tried
GROUP BY entry, role, CASE WHEN whole THEN 0 ELSE place END
ORDER BY entry, role, min(place)
"""

# Rights that are no verb, what runs with whose rights, and whom each policy speaks to.
OTHERS = """
SELECT c.relname::text, r.role || ': ' || string_agg(lower(p.privilege), ', ' ORDER BY p.privilege)
FROM pg_class AS c
CROSS JOIN unnest(%(roles)s::text[]) AS r (role)
CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    AND has_table_privilege(r.role, c.oid, p.privilege)
GROUP BY c.relname, r.role
UNION ALL
SELECT c.relname::text, 'a partition: something is granted to ' || r.role
FROM pg_class AS c
CROSS JOIN unnest(%(roles)s::text[]) AS r (role)
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relispartition AND c.relkind IN ('r', 'p') AND (
    has_any_column_privilege(r.role, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.role, c.oid, 'DELETE')
)
UNION ALL
SELECT c.relname::text, 'sequence for ' || r.role
FROM pg_class AS c
CROSS JOIN unnest(%(roles)s::text[]) AS r (role)
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'S'
    AND c.relname !~ '^(_slate|_yoyo|yoyo)' AND has_sequence_privilege(r.role, c.oid, 'USAGE, SELECT, UPDATE')
UNION ALL
SELECT 'the schema', r.role || ': ' || string_agg(lower(p.privilege), ', ' ORDER BY p.privilege)
FROM unnest(%(roles)s::text[]) AS r (role)
CROSS JOIN unnest(ARRAY['USAGE', 'CREATE']) AS p (privilege)
WHERE has_schema_privilege(r.role, %(schema)s::regnamespace, p.privilege)
GROUP BY r.role
UNION ALL
SELECT c.relname::text, 'row security: ' || CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END
    || CASE WHEN c.relforcerowsecurity THEN ', for the owner too' ELSE '' END
FROM pg_class AS c
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname !~ '^(_slate|_yoyo|yoyo)'
UNION ALL
SELECT c.relname::text, 'reads with the rights of its '
    || CASE WHEN 'security_invoker=true' = ANY (c.reloptions) THEN 'caller' ELSE 'owner' END
FROM pg_class AS c
WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'v' AND c.relname !~ '^(_slate|_yoyo|yoyo)'
UNION ALL
SELECT p.tablename::text, format(
    'policy %%s: %%s for %%s%%s', p.policyname, lower(p.cmd), array_to_string(p.roles, ', '),
    CASE WHEN p.permissive = 'PERMISSIVE' THEN '' ELSE ', restrictive' END
)
FROM pg_policies AS p
WHERE p.schemaname::regnamespace = %(schema)s::regnamespace
ORDER BY 1, 2
"""

# Whose rights, which path, how often asked, what of NULL, and who may call it.
FUNCTIONS = """
SELECT
    format('%%s(%%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
    'runs ' || concat_ws(
        ', ', 'with the rights of its ' || CASE WHEN p.prosecdef THEN 'owner' ELSE 'caller' END,
        CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
        CASE WHEN p.proisstrict THEN 'not on NULL' END, CASE WHEN p.proleakproof THEN 'leakproof' END,
        'SET ' || array_to_string(p.proconfig, ' SET ')
    ),
    coalesce('called by ' || string_agg(r.role, ', ' ORDER BY r.role), 'called by nobody')
FROM pg_proc AS p
LEFT JOIN unnest(%(roles)s::text[]) AS r (role)
    ON has_schema_privilege(r.role, p.pronamespace, 'USAGE') AND has_function_privilege(r.role, p.oid, 'EXECUTE')
WHERE p.pronamespace = %(schema)s::regnamespace AND p.prokind IN ('f', 'p')
GROUP BY p.oid
ORDER BY 1
"""


def path_of(product: str) -> Path:
    """Return the file of a product's rights."""
    return HERE / f"{product}.rights.txt"


def written(product: str) -> Blocks:
    """Return the reviewed lines by the name of their object. Reads only."""
    return {name: text.splitlines()[1:] for name, text in read_table(path_of(product)).items()}


def write(product: str, blocks: Blocks) -> None:
    """Write the list anew. Writes the file."""
    texts = ["\n".join([name, *lines]) for name, lines in sorted(blocks.items())]
    path_of(product).write_text("\n\n".join([HEAD, *texts]) + "\n", "utf-8")


def roles_of(db: Database, product: str) -> list[str]:
    """Return the product's own roles, people and back end and whoever else there is, and one of another product."""
    own = db.rows("SELECT rolname::text FROM pg_roles WHERE rolname ~ %s ORDER BY 1", f"^{product}_[a-z]+$")
    return [*(name for (name,) in own), "spark_people" if product != "spark" else "learning_people"]


def read_rights(db: Database, product: str) -> Blocks:
    """Return what the server says, by object. What is tried touches no row and is undone."""
    blocks: Blocks = defaultdict(list)
    roles = roles_of(db, product)
    db.execute(MAY)
    given = {"schema": product, "roles": roles}
    for query in (RELATIONS, OTHERS, FUNCTIONS):
        for name, *lines in db.connection.execute(query, given):
            blocks[name] += [f"  {line}" for line in lines]
    return dict(blocks)
