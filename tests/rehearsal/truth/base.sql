-- What every case starts from: tables of 12,000 rows, which is more than a few pages, beside an empty and a small one.
CREATE TYPE mood AS ENUM ('sad', 'fine', 'glad');
CREATE DOMAIN points AS integer;
CREATE DOMAIN bounded AS integer CONSTRAINT bounded_check CHECK (VALUE > -1);
CREATE SEQUENCE tickets;
CREATE COLLATION plain (provider = libc, locale = 'C');

CREATE TABLE parents (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE big (
    id integer PRIMARY KEY,
    parent_id integer,
    note text,
    code varchar(10),
    amount numeric(10, 4),
    at timestamptz,
    seen timestamp,
    feel mood DEFAULT 'fine',
    score points,
    level bounded,
    data json,
    flag boolean DEFAULT FALSE,
    long bigint,
    fixed char(4),
    address inet,
    remark text,
    number integer
);
CREATE INDEX big_code_idx ON big (code);
CREATE INDEX big_spare_idx ON big (seen);
CREATE TABLE children (
    id integer PRIMARY KEY,
    parent_id integer CONSTRAINT children_parent_fkey REFERENCES parents (id) ON DELETE CASCADE,
    note text
);
CREATE INDEX children_parent_idx ON children (parent_id);
CREATE TABLE guests (
    id integer PRIMARY KEY,
    parent_id integer CONSTRAINT guests_parent_fkey REFERENCES parents (id) ON DELETE SET NULL
);
CREATE INDEX guests_parent_idx ON guests (parent_id);
CREATE TABLE keyed (
    id integer PRIMARY KEY,
    email text NOT NULL,
    CONSTRAINT keyed_email_key UNIQUE (email)
);
CREATE UNIQUE INDEX keyed_spare_idx ON keyed (id, email);
CREATE TABLE proven (
    id integer PRIMARY KEY,
    note text,
    CONSTRAINT proven_note_check CHECK (note IS NOT NULL)
);
CREATE TABLE unproven (
    id integer PRIMARY KEY,
    parent_id integer,
    note text
);
ALTER TABLE unproven ADD CONSTRAINT unproven_note_check CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE unproven ADD CONSTRAINT unproven_parent_fkey FOREIGN KEY (parent_id) REFERENCES keyed (id) NOT VALID;
CREATE TABLE events (
    id integer NOT NULL,
    day date NOT NULL,
    note text
) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_day_idx ON events (day);
CREATE TABLE late (
    id integer NOT NULL,
    day date NOT NULL,
    note text
);
CREATE TABLE late_proven (
    id integer NOT NULL,
    day date NOT NULL,
    note text,
    CONSTRAINT late_proven_day_check CHECK (day >= '2027-01-01' AND day < '2028-01-01')
);
CREATE TABLE kinds (
    id integer NOT NULL,
    kind text NOT NULL
) PARTITION BY LIST (kind);
CREATE TABLE kinds_a PARTITION OF kinds FOR VALUES IN ('a');
CREATE TABLE kinds_b PARTITION OF kinds FOR VALUES IN ('b');
CREATE TABLE late_kind (
    id integer NOT NULL,
    kind text NOT NULL
);
CREATE MATERIALIZED VIEW totals AS SELECT parent_id, count(*) AS n FROM big GROUP BY parent_id;
CREATE UNIQUE INDEX totals_parent_idx ON totals (parent_id);
CREATE VIEW big_notes AS SELECT id, note FROM big;
CREATE TABLE trail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    said text
);
CREATE TABLE watched (
    id integer PRIMARY KEY,
    note text
);
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trail (said) VALUES (TG_OP);
    RETURN NULL;
END;
$$;
CREATE TRIGGER watched_keep_trail AFTER INSERT OR UPDATE OR DELETE ON watched
FOR EACH ROW EXECUTE FUNCTION keep_trail();
CREATE TABLE doubled (
    id integer PRIMARY KEY,
    n integer,
    twice integer GENERATED ALWAYS AS (n * 2) STORED
);
CREATE UNLOGGED TABLE scratch (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE hollow (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE little (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE animals (
    id integer PRIMARY KEY,
    name text
);
CREATE TABLE dogs (
    barks boolean
) INHERITS (animals);
CREATE TABLE "Weird ""Name" (
    id integer PRIMARY KEY,
    "select" text
);
CREATE FUNCTION touch_big() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE big SET note = 'touched';
END;
$$;
CREATE FUNCTION drop_guests() RETURNS void LANGUAGE sql AS 'DELETE FROM guests';
CREATE FUNCTION add_column() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE big ADD COLUMN called integer;
END;
$$;
CREATE PROCEDURE touch_parents() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE parents SET name = 'touched';
END;
$$;
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE RULE little_quiet AS ON DELETE TO little DO INSTEAD NOTHING;
CREATE STATISTICS big_stats ON code, flag FROM big;
CREATE POLICY big_policy ON big USING (flag);

INSERT INTO parents SELECT g, 'name ' || g FROM generate_series(1, 12000) AS g;
INSERT INTO big (id, parent_id, note, code, amount, at, seen, score, level, data, long, fixed, address, remark, number)
SELECT g, g, 'note ' || g, 'code', g + 0.1234, '2024-01-01 10:20:30.5Z', '2024-01-01 10:20:30.5', 1, 1, '{}', g, 'ab', '::1', 'remark ' || g, g
FROM generate_series(1, 12000) AS g;
INSERT INTO children SELECT g, g, 'child' FROM generate_series(1, 12000) AS g;
INSERT INTO guests SELECT g, g FROM generate_series(1, 12000) AS g;
INSERT INTO keyed SELECT g, 'e' || g FROM generate_series(1, 12000) AS g;
INSERT INTO proven SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO unproven SELECT g, g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO events SELECT g, date '2024-01-01' + g % 700, 'event' FROM generate_series(1, 24000) AS g;
INSERT INTO events_rest SELECT g, '2030-01-01', 'event' FROM generate_series(1, 12000) AS g;
INSERT INTO late SELECT g, '2027-01-01', 'late' FROM generate_series(1, 12000) AS g;
INSERT INTO late_proven SELECT g, '2027-01-01', 'late' FROM generate_series(1, 12000) AS g;
INSERT INTO kinds SELECT g, 'a' FROM generate_series(1, 12000) AS g;
INSERT INTO late_kind SELECT g, 'c' FROM generate_series(1, 12000) AS g;
INSERT INTO watched SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO doubled SELECT g, g FROM generate_series(1, 12000) AS g;
INSERT INTO scratch SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO little VALUES (1, 'only');
INSERT INTO animals SELECT g, 'animal' FROM generate_series(1, 12000) AS g;
INSERT INTO dogs SELECT g, 'dog', TRUE FROM generate_series(1, 12000) AS g;
INSERT INTO "Weird ""Name" SELECT g, 'x' FROM generate_series(1, 12000) AS g;
SELECT nextval('tickets');
REFRESH MATERIALIZED VIEW totals;
CREATE SCHEMA aside;
CREATE TABLE aside.kept (
    id integer PRIMARY KEY
);
INSERT INTO aside.kept SELECT g FROM generate_series(1, 12000) AS g;
