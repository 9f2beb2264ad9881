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

-- Partitions of partitions by list, range and hash, inheritance over three levels, and keys of other kinds.
CREATE TABLE tree (
    id integer NOT NULL,
    region text NOT NULL,
    day date NOT NULL,
    note text
) PARTITION BY LIST (region);
CREATE TABLE tree_eu PARTITION OF tree FOR VALUES IN ('eu') PARTITION BY RANGE (day);
CREATE TABLE tree_eu_24 PARTITION OF tree_eu FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE tree_eu_rest PARTITION OF tree_eu DEFAULT;
CREATE TABLE tree_us PARTITION OF tree FOR VALUES IN ('us');
CREATE TABLE tree_other PARTITION OF tree DEFAULT;
CREATE TABLE hashed (
    id integer PRIMARY KEY,
    note text
) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE pointing (
    id integer PRIMARY KEY,
    hashed_id integer CONSTRAINT pointing_hashed_fkey REFERENCES hashed (id) ON DELETE CASCADE
);
CREATE TABLE beings (
    id integer,
    name text
);
CREATE TABLE plants (
    leaves integer
) INHERITS (beings);
CREATE TABLE oaks (
    acorns integer
) INHERITS (plants);
CREATE DOMAIN whole AS integer;
CREATE DOMAIN positive AS whole CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE TYPE hue AS ENUM ('red', 'green');
CREATE TYPE pair AS (a integer, b integer);
CREATE TABLE hubs (
    id integer PRIMARY KEY,
    name text,
    hues hue[],
    size positive,
    both_of pair,
    CONSTRAINT hubs_name_key UNIQUE (name)
);
CREATE TABLE spokes (
    id integer PRIMARY KEY,
    hub_id integer CONSTRAINT spokes_hub_fkey REFERENCES hubs (id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    note text
);
CREATE INDEX spokes_hub_idx ON spokes (hub_id);
CREATE TABLE rims (
    id integer PRIMARY KEY,
    spoke_id integer REFERENCES spokes (id) ON DELETE CASCADE
);
CREATE TABLE tyres (
    id integer PRIMARY KEY,
    rim_id integer REFERENCES rims (id) ON DELETE SET NULL
);
CREATE VIEW hub_names AS SELECT id, name FROM hubs;
CREATE VIEW hub_short AS SELECT id, left(name, 3) AS short FROM hub_names;
CREATE MATERIALIZED VIEW hub_counts AS SELECT hub_id, count(*) AS n FROM spokes GROUP BY hub_id;
CREATE MATERIALIZED VIEW hub_more AS SELECT hub_id, n + 1 AS n FROM hub_counts;
CREATE TABLE booked (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    during int4range,
    total numeric(8, 2),
    taxed numeric GENERATED ALWAYS AS (total * 1.2) STORED,
    CONSTRAINT booked_excl EXCLUDE USING gist (during WITH &&)
);
CREATE TABLE ruled (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE ruled_log (
    id integer,
    note text
);
CREATE RULE ruled_also AS ON UPDATE TO ruled DO ALSO INSERT INTO ruled_log VALUES (OLD.id, OLD.note);
CREATE VIEW ruled_open AS SELECT id, note FROM ruled;
CREATE FUNCTION ruled_instead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ruled SET note = NEW.note WHERE id = OLD.id;
    RETURN NEW;
END;
$$;
CREATE TRIGGER ruled_open_instead INSTEAD OF UPDATE ON ruled_open FOR EACH ROW EXECUTE FUNCTION ruled_instead();
CREATE TABLE counted (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE counts (
    n bigint
);
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE counts SET n = n + 1;
    UPDATE ruled_log SET note = 'counted';
    RETURN NULL;
END;
$$;
CREATE TRIGGER counted_count_up AFTER INSERT OR DELETE ON counted FOR EACH STATEMENT EXECUTE FUNCTION count_up();
CREATE TABLE "Ünïcode ""tàble"" %s of a name that is just sixty-three byt" (
    "select" integer PRIMARY KEY,
    "from; --" text
);
CREATE TABLE joined (
    a integer NOT NULL,
    b integer NOT NULL,
    note text
);
CREATE UNIQUE INDEX joined_idx ON joined (a, b);
SET check_function_bodies = off;
CREATE FUNCTION deep() RETURNS void LANGUAGE sql AS 'SELECT deeper()';
CREATE FUNCTION deeper() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM deepest();
END;
$$;
CREATE FUNCTION deepest() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM joined WHERE a > 5;
END;
$$;
CREATE FUNCTION at_will(p_table text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I SET note = ''x''', p_table);
END;
$$;
CREATE FUNCTION empties() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'TRUNCATE joined';
END;
$$;
CREATE FUNCTION locks_all() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE joined, hubs IN ACCESS EXCLUSIVE MODE;
END;
$$;
CREATE FUNCTION slow_true() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT count(*) > 0 FROM joined';
CREATE SCHEMA "Other Schema";
CREATE TABLE "Other Schema"."kept too" (
    id integer PRIMARY KEY,
    note text
);
CREATE TABLE cleaned (
    id integer PRIMARY KEY,
    note text
);
CREATE FUNCTION clean() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM swept WHERE id = OLD.id;
    RETURN OLD;
END;
$$;
CREATE TABLE swept (
    id integer PRIMARY KEY
);
CREATE TRIGGER cleaned_clean BEFORE DELETE ON cleaned FOR EACH ROW EXECUTE FUNCTION clean();
INSERT INTO tree SELECT g, (ARRAY['eu', 'us', 'as'])[1 + g % 3], date '2024-01-01' + g % 700, 'note' FROM generate_series(1, 60000) AS g;
INSERT INTO hashed SELECT g, 'note' FROM generate_series(1, 30000) AS g;
INSERT INTO pointing SELECT g, g FROM generate_series(1, 12000) AS g;
INSERT INTO beings SELECT g, 'being' FROM generate_series(1, 12000) AS g;
INSERT INTO plants SELECT g, 'plant', 1 FROM generate_series(1, 12000) AS g;
INSERT INTO oaks SELECT g, 'oak', 1, 2 FROM generate_series(1, 12000) AS g;
INSERT INTO hubs SELECT g, 'hub ' || g, '{red}', 1, '(1,2)' FROM generate_series(1, 12000) AS g;
INSERT INTO spokes SELECT g, g, 'spoke' FROM generate_series(1, 12000) AS g;
INSERT INTO rims SELECT g, g FROM generate_series(1, 12000) AS g;
INSERT INTO tyres SELECT g, g FROM generate_series(1, 12000) AS g;
INSERT INTO booked (during, total) SELECT int4range(g, g + 1), g FROM generate_series(1, 12000) AS g;
INSERT INTO ruled SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO ruled_log SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO counted SELECT g, 'note' FROM generate_series(1, 12000) AS g;
INSERT INTO counts VALUES (1);
INSERT INTO "Ünïcode ""tàble"" %s of a name that is just sixty-three byt" SELECT g, 'x' FROM generate_series(1, 12000) AS g;
INSERT INTO joined SELECT g, g, 'x' FROM generate_series(1, 12000) AS g;
INSERT INTO "Other Schema"."kept too" SELECT g, 'x' FROM generate_series(1, 12000) AS g;
REFRESH MATERIALIZED VIEW hub_counts;
REFRESH MATERIALIZED VIEW hub_more;
INSERT INTO cleaned SELECT g, 'x' FROM generate_series(1, 12000) AS g;
INSERT INTO swept SELECT g FROM generate_series(1, 12000) AS g;
