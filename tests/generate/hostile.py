"""Every type with a value, and names that Python cannot spell or that mean something to it."""

KINDS = r"""
CREATE TYPE mood AS ENUM ('sad', 'it''s', 'say "hi"', 'back\slash', 'ünï', '');
CREATE TYPE "Weird Kind" AS ENUM ('a');
CREATE TYPE empty_kind AS ENUM ();
CREATE TYPE place AS (count integer, "index" mood, "class" text, moods mood[]);
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE DOMAIN very_positive AS positive CHECK (value > 10);
CREATE DOMAIN tags AS text[];
CREATE DOMAIN feeling AS mood;
CREATE TYPE span AS RANGE (subtype = numeric, multirange_type_name = spans);
CREATE TABLE other (id integer);
CREATE TABLE kinds (
    id integer PRIMARY KEY, a smallint, b bigint, c numeric(10, 2), d real, e double precision, f money, g text,
    h varchar(3), i char(3), j "char", k name, l bytea, m date, n time, o timetz, p timestamp, q timestamptz, r interval,
    s boolean, t mood, u point, v inet, w cidr, x macaddr, y bit(3), z varbit, aa tsvector, ab uuid, ac xml, ad json,
    ae jsonb, af jsonb[], ag integer[], ah text[][], ai mood[], aj int4range, ak tstzrange, al nummultirange, am positive,
    an very_positive[], ao tags, ap place, aq place[], ar span, "as" spans, at oid, au regclass, av pg_lsn, aw feeling,
    ax feeling[], ay inet[], az numrange[], ba datemultirange[], bb span[], bc point[], bd "Weird Kind"[], be date[], bf other
);
INSERT INTO kinds VALUES (
    1, 1, 2, 3.5, 1.5, 2.5, '4', 'text', 'abc', 'a', 'c', 'name', '\x00ff', '2024-01-31', '10:00', '10:00+02',
    '2024-01-31 10:00', '2024-01-31 10:00+02', '3 days 2 hours', true, 'it''s', '(1,2)', '10.0.0.1', '10.0.0.0/8',
    '08:00:2b:01:02:03', B'101', B'1', 'a b', '00000000-0000-4000-8000-000000000001', NULL, '{"a": [1]}', '[1, null]',
    ARRAY['{"a": 1}'::jsonb], '{1,2}', '{{a,b},{c,d}}', '{sad,"say \"hi\""}', '[1,5)', '[2024-01-01,2024-02-01)',
    '{[1,2],[4,5]}', 5, '{11,12}', '{x,y}', ROW(1, 'sad', 'c', '{sad}'), ARRAY[ROW(1, 'sad', 'c', '{sad}')::place], '[1,2]',
    '{[1,2]}', 42, 'pg_class', '0/1', 'sad', '{sad}', '{10.0.0.1}', '{"[1,2)"}', '{"{[2024-01-01,2024-02-01)}"}',
    '{"[1,2]"}', '{"(1,2)"}', '{a}', '{2024-01-31}', NULL
);
INSERT INTO kinds (id) VALUES (2);
"""
NAMES = [
    "class", "import", "self", "from date", "1st", "größe", "__init__", "int", "list", "str", "TABLE", "COLUMNS", 'a"b', "a\nb",
    "%s", "Mood", "x" * 63, "_datetime", "日付", "🎈", " ", "None", "a b", "a_b", "a-b", "\u00e9", "e\u0301", "ﬁ", "²", "date", "\\", '"""',
    "cls", "type", "args", "__slots__", "mro", "١",
]  # fmt: skip
