"""Libraries insert with RETURNING, which also asks the policies of SELECT: people must see what they have just added."""

from __future__ import annotations

import psycopg
from psycopg import sql

ACCOUNTS = {"flourish": "teachers"}
ROWS = 8  # of each table, by every person
INSERTABLE = """
    SELECT c.relname, array_agg(a.attname::text) FILTER (WHERE has_column_privilege(%(role)s, c.oid, a.attnum, 'INSERT')),
        array_agg(a.attname::text) FILTER (WHERE has_column_privilege(%(role)s, c.oid, a.attnum, 'SELECT'))
    FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND has_any_column_privilege(%(role)s, c.oid, 'INSERT')
    GROUP BY c.oid ORDER BY c.relname
"""
KEYS = """
    SELECT array_agg(DISTINCT a.attname::text) FROM pg_index AS i
    INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisunique AND a.attname <> 'id'
"""
MADE_BY_DEFAULT = ("id", "created_at", "updated_at", "submitted_at")
GIVEN = {"data_entries": "DE987654"}  # ids that have no default


def adds(place, story, person, table, row, keys, tail):
    """Try to add a copy of a row as a person, without the row that it would conflict with; return the refusal or None."""
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(map(sql.Literal, row.values()))
    same = [sql.SQL("{}::text = {}").format(sql.Identifier(k), sql.Literal(row[k])) for k in keys if k in row]
    run = place.admin.execute
    run("BEGIN")
    try:
        if same:
            run("SET LOCAL session_replication_role = replica")
            run(
                sql.SQL("DELETE FROM {} WHERE {}").format(
                    sql.Identifier(story.product, table), sql.SQL(" AND ").join(same)
                )
            )
            run("SET LOCAL session_replication_role = origin")
        run(sql.SQL("SET LOCAL search_path = {}, core").format(sql.Identifier(story.product)))
        run("SELECT set_config('app.user_id', %s, true), set_config('role', %s, true)", [person, story.people])
        run(sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(sql.Identifier(table), names, values, tail))
    except psycopg.Error as error:
        return error
    finally:
        run("ROLLBACK")
    return None


def test_whoever_may_add_a_row_is_given_it_back(place, story):
    run = place.admin.execute
    accounts = sql.Identifier(story.product, ACCOUNTS.get(story.product, "users"))
    people = [who for (who,) in run(sql.SQL("SELECT id::text FROM {}").format(accounts))]
    added, refused = set(), []
    for table, insertable, readable in run(INSERTABLE, {"schema": story.product, "role": story.people}).fetchall():
        name = sql.Identifier(story.product, table)
        keys = run(KEYS, [name.as_string()]).fetchone()[0] or []
        picked = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in insertable)
        returning = sql.SQL("RETURNING ") + sql.SQL(", ").join(map(sql.Identifier, readable))
        for values in run(sql.SQL("SELECT {} FROM {} LIMIT {}").format(picked, name, ROWS)).fetchall():
            row = {c: v for c, v in zip(insertable, values, strict=True) if v is not None and c not in MADE_BY_DEFAULT}
            if "id" in insertable and (table in GIVEN or story.product == "vividly"):
                row["id"] = GIVEN.get(table, "one_more")
            for person in people:
                case = (place, story, person, table, row, keys)
                if adds(*case, sql.SQL("")) is None:
                    added.add(table)
                    if (error := adds(*case, returning)) is not None:
                        refused.append((table, person, str(error)))
    assert refused == []
    assert len(added) >= 3
