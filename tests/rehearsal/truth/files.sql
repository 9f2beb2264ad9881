--- add a column and fill it
ALTER TABLE big ADD COLUMN x integer;
UPDATE big SET x = 1;
--- fill one table under the lock of another
ALTER TABLE parents ADD COLUMN x integer;
UPDATE big SET note = 'x';
--- fill, then add
UPDATE big SET note = 'x';
ALTER TABLE big ADD COLUMN x integer;
--- two indexes
CREATE INDEX a_idx ON big (note);
CREATE INDEX b_idx ON children (note);
--- an index under an exclusive lock
ALTER TABLE big ADD COLUMN x integer;
CREATE INDEX x_idx ON big (x);
--- a scan of another table under a lock
ALTER TABLE parents ADD COLUMN x integer;
ALTER TABLE big ALTER COLUMN note SET NOT NULL;
--- not valid and validated at once
ALTER TABLE big ADD CONSTRAINT big_fkey FOREIGN KEY (parent_id) REFERENCES parents (id) NOT VALID;
ALTER TABLE big VALIDATE CONSTRAINT big_fkey;
--- a check that proves in the same file
ALTER TABLE big ADD CONSTRAINT there CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE big VALIDATE CONSTRAINT there;
ALTER TABLE big ALTER COLUMN note SET NOT NULL;
ALTER TABLE big DROP CONSTRAINT there;
--- a new table with all that belongs to it
CREATE TABLE fresh (id integer PRIMARY KEY, note text);
CREATE INDEX fresh_idx ON fresh (note);
COMMENT ON TABLE fresh IS 'new';
INSERT INTO fresh VALUES (1, 'one');
ALTER TABLE fresh ADD COLUMN x uuid DEFAULT gen_random_uuid();
--- a new table that refers to an old one
CREATE TABLE fresh (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id));
CREATE INDEX fresh_idx ON fresh (parent_id);
--- a new table filled from an old one
CREATE TABLE fresh (id integer PRIMARY KEY, note text);
INSERT INTO fresh SELECT id, note FROM big;
CREATE INDEX fresh_idx ON fresh (note);
--- a new table filled under a lock
CREATE TABLE fresh (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id));
INSERT INTO fresh SELECT id, parent_id FROM big;
--- a lock given back with a savepoint
SAVEPOINT s;
ALTER TABLE big ADD COLUMN x integer;
ROLLBACK TO s;
UPDATE parents SET name = 'x';
--- a loss taken back with a savepoint
SAVEPOINT s;
DROP TABLE late;
ROLLBACK TO SAVEPOINT s;
SELECT 1;
--- a deletion taken back with a savepoint
SAVEPOINT s;
DELETE FROM guests;
ROLLBACK TO s;
RELEASE s;
--- a savepoint that is kept
SAVEPOINT s;
ALTER TABLE big ADD COLUMN x integer;
RELEASE SAVEPOINT s;
UPDATE parents SET name = 'x';
--- a timeout of its own
SET LOCAL lock_timeout = '1s';
ALTER TABLE big ADD COLUMN x integer;
--- locked beforehand
LOCK TABLE big IN SHARE ROW EXCLUSIVE MODE;
UPDATE big SET note = 'x';
--- rows locked, then a scan
SELECT id FROM big FOR UPDATE;
ALTER TABLE parents ALTER COLUMN name SET DEFAULT 'x';
--- a rewrite, then more
ALTER TABLE big ALTER COLUMN number TYPE bigint;
ALTER TABLE big ADD COLUMN x integer;
COMMENT ON TABLE big IS 'big';
--- a rewrite, then another table
ALTER TABLE big ADD COLUMN x double precision DEFAULT random();
ALTER TABLE parents ADD COLUMN y integer;
--- renamed, then filled
ALTER TABLE big RENAME TO large;
UPDATE large SET note = 'x';
--- renamed, then indexed
ALTER TABLE big RENAME TO large;
CREATE INDEX large_idx ON large (note);
--- dropped and made again
DROP TABLE late;
CREATE TABLE late (id integer PRIMARY KEY);
CREATE INDEX late_idx ON late (id);
--- swapped
CREATE TABLE fresh (LIKE late INCLUDING ALL);
INSERT INTO fresh SELECT * FROM late;
ALTER TABLE late RENAME TO late_old;
ALTER TABLE fresh RENAME TO late;
--- a column moved to another table
ALTER TABLE parents ADD COLUMN note text;
UPDATE parents SET note = b.note FROM big AS b WHERE b.parent_id = parents.id;
ALTER TABLE big DROP COLUMN note CASCADE;
--- a new partition and its rows
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO events SELECT g, '2026-02-02', 'new' FROM generate_series(1, 100) AS g;
--- rows moved out of the default
CREATE TABLE events_2030 (LIKE events INCLUDING ALL);
WITH moved AS (DELETE FROM events_rest WHERE day >= '2030-01-01' RETURNING *) INSERT INTO events_2030 SELECT * FROM moved;
ALTER TABLE events ATTACH PARTITION events_2030 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
--- attached with its proof made beforehand
ALTER TABLE late_kind ADD CONSTRAINT late_kind_check CHECK (kind IS NOT NULL AND kind = 'c');
ALTER TABLE kinds ATTACH PARTITION late_kind FOR VALUES IN ('c');
--- detached and dropped
ALTER TABLE events DETACH PARTITION events_2024;
DROP TABLE events_2024;
--- a function and its use
CREATE FUNCTION fill_big() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE big SET note = 'x'; END $$;
SELECT fill_big();
--- a function under a lock
ALTER TABLE big ADD COLUMN x integer;
SELECT touch_big();
--- a trigger, then a fill
CREATE TRIGGER big_trail AFTER UPDATE ON big FOR EACH ROW EXECUTE FUNCTION keep_trail();
UPDATE big SET note = 'x';
--- a trigger turned off for a fill
ALTER TABLE watched DISABLE TRIGGER watched_keep_trail;
UPDATE watched SET note = 'x';
ALTER TABLE watched ENABLE TRIGGER watched_keep_trail;
--- constraint replaced
ALTER TABLE proven DROP CONSTRAINT proven_note_check;
ALTER TABLE proven ADD CONSTRAINT proven_note_check CHECK (note <> '');
--- enum replaced by text
ALTER TABLE big ALTER COLUMN feel DROP DEFAULT;
ALTER TABLE big ALTER COLUMN feel TYPE text USING feel::text;
DROP TYPE mood;
--- a view replaced around a column
DROP VIEW big_notes;
ALTER TABLE big ALTER COLUMN note TYPE varchar(40);
CREATE VIEW big_notes AS SELECT id, note FROM big;
--- rights and comments
GRANT SELECT ON big TO PUBLIC;
COMMENT ON COLUMN big.note IS 'x';
CREATE POLICY big_more ON big USING (TRUE);
--- emptied and filled again
TRUNCATE late;
INSERT INTO late SELECT id, '2027-05-05', 'x' FROM big;
--- a read under a lock
ALTER TABLE parents ADD COLUMN x integer;
SELECT count(*) FROM big;
--- only reads
SELECT count(*) FROM big;
SELECT max(id) FROM parents;
--- a materialized view refreshed under a lock
ALTER TABLE parents ADD COLUMN x integer;
REFRESH MATERIALIZED VIEW totals;
--- a sequence and its table
ALTER SEQUENCE tickets RESTART WITH 5;
ALTER TABLE big ADD COLUMN ticket integer DEFAULT nextval('tickets');
--- a loop and an index
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM parents LOOP UPDATE big SET note = 'x' WHERE id = r.id; END LOOP; END $$;
CREATE INDEX big_x_idx ON big (note);
--- a table dropped under a long fill
DROP TABLE late;
UPDATE big SET note = 'x';
--- small things only
ALTER TABLE little ADD COLUMN x integer;
UPDATE little SET x = 1;
CREATE INDEX little_idx ON little (x);
--- an index that is dropped under a fill
DROP INDEX big_code_idx;
UPDATE big SET code = 'x';
--- reindexed under a fill
REINDEX INDEX big_code_idx;
UPDATE parents SET name = 'x';
--- many tables at once
ALTER TABLE hubs ADD COLUMN x integer;
ALTER TABLE spokes ADD COLUMN x integer;
ALTER TABLE joined ALTER COLUMN a TYPE bigint;
--- a rename swap under load
ALTER TABLE hubs RENAME TO hubs_old;
CREATE TABLE hubs (LIKE hubs_old INCLUDING ALL);
INSERT INTO hubs SELECT * FROM hubs_old;
--- an index swap
CREATE INDEX spokes_more_idx ON spokes (hub_id, id);
DROP INDEX spokes_hub_idx;
ALTER INDEX spokes_more_idx RENAME TO spokes_hub_idx;
--- a set default and a fill of a partitioned table
ALTER TABLE tree ADD COLUMN x integer;
UPDATE tree SET x = 1 WHERE region = 'us';
--- a partition split
CREATE TABLE tree_us_new (LIKE tree INCLUDING ALL);
INSERT INTO tree_us_new SELECT * FROM tree WHERE region = 'us';
ALTER TABLE tree DETACH PARTITION tree_us;
ALTER TABLE tree ATTACH PARTITION tree_us_new FOR VALUES IN ('us');
DROP TABLE tree_us;
--- an attached tree of partitions
CREATE TABLE tree_af (LIKE tree INCLUDING ALL) PARTITION BY RANGE (day);
CREATE TABLE tree_af_all PARTITION OF tree_af DEFAULT;
ALTER TABLE tree ATTACH PARTITION tree_af FOR VALUES IN ('af');
--- a nested savepoint
SAVEPOINT a;
ALTER TABLE hubs ADD COLUMN x integer;
SAVEPOINT b;
ALTER TABLE spokes ADD COLUMN x integer;
ROLLBACK TO b;
UPDATE joined SET note = 'x';
ROLLBACK TO a;
UPDATE joined SET note = 'y';
--- set role in between
SET LOCAL statement_timeout = '30s';
SET LOCAL search_path = aside, shop;
ALTER TABLE kept ADD COLUMN x integer;
UPDATE kept SET x = 1;
--- a view in between
DROP VIEW hub_short, hub_names;
ALTER TABLE hubs ALTER COLUMN name TYPE varchar(20);
CREATE VIEW hub_names AS SELECT id, name FROM hubs;
CREATE VIEW hub_short AS SELECT id, left(name, 3) AS short FROM hub_names;
--- a domain replaced
ALTER TABLE hubs ALTER COLUMN size TYPE integer;
ALTER TABLE hubs ADD CONSTRAINT hubs_size_check CHECK (size > 0);
--- an enum replaced
CREATE TYPE hue_new AS ENUM ('red', 'green', 'blue');
ALTER TABLE hubs ALTER COLUMN hues TYPE hue_new[] USING hues::text[]::hue_new[];
DROP TYPE hue;
ALTER TYPE hue_new RENAME TO hue;
--- a composite type and its table
ALTER TYPE pair ADD ATTRIBUTE c text CASCADE;
UPDATE hubs SET both_of = (1, 2, 'x');
--- a foreign key that is validated later
ALTER TABLE joined ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES hubs (id) NOT VALID;
UPDATE spokes SET note = 'x';
ALTER TABLE joined VALIDATE CONSTRAINT f;
--- triggers off and on
ALTER TABLE counted DISABLE TRIGGER USER;
DELETE FROM counted WHERE id > 11000;
ALTER TABLE counted ENABLE TRIGGER USER;
--- a rule, then an update
CREATE RULE joined_also AS ON DELETE TO joined DO ALSO DELETE FROM ruled_log WHERE id = OLD.a;
DELETE FROM joined;
--- a function replaced and called
CREATE OR REPLACE FUNCTION deepest() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE hubs SET name = name || 'x'; END $$;
SELECT deep();
--- a sequence moved on by the rows
CREATE SEQUENCE joined_seq;
SELECT setval('joined_seq', (SELECT max(a) FROM joined));
ALTER TABLE joined ALTER COLUMN a SET DEFAULT nextval('joined_seq');
--- an identity for a table with rows
ALTER TABLE joined ALTER COLUMN a ADD GENERATED BY DEFAULT AS IDENTITY;
SELECT setval(pg_get_serial_sequence('joined', 'a'), 50000);
--- deferred work at the end
SET CONSTRAINTS ALL DEFERRED;
UPDATE spokes SET hub_id = 1;
DELETE FROM hubs WHERE id > 11000;
--- a prepared statement run twice
PREPARE fill (text) AS UPDATE joined SET note = $1;
EXECUTE fill ('a');
EXECUTE fill ('b');
DEALLOCATE fill;
--- a lock for nothing
LOCK TABLE hubs IN ACCESS EXCLUSIVE MODE;
SELECT 1;
COMMENT ON TABLE hubs IS 'locked';
--- data for a small table
CREATE TABLE states (id integer PRIMARY KEY, name text);
INSERT INTO states VALUES (1, 'a'), (2, 'b');
ALTER TABLE hubs ADD COLUMN state integer REFERENCES states (id);
CREATE INDEX hubs_state_idx ON hubs (state);
--- a column moved by a block
ALTER TABLE spokes ADD COLUMN hub_name text;
DO $$ BEGIN UPDATE spokes AS s SET hub_name = h.name FROM hubs AS h WHERE h.id = s.hub_id; END $$;
ALTER TABLE spokes ALTER COLUMN hub_name SET NOT NULL;
--- a materialized view made anew
DROP MATERIALIZED VIEW hub_more;
DROP MATERIALIZED VIEW hub_counts;
CREATE MATERIALIZED VIEW hub_counts AS SELECT hub_id, count(*) AS n FROM spokes GROUP BY hub_id;
CREATE UNIQUE INDEX ON hub_counts (hub_id);
--- a table dropped and a view over another made
DROP TABLE rims CASCADE;
CREATE TABLE rims (id integer PRIMARY KEY);
CREATE VIEW rim_ids AS SELECT id FROM rims;
--- cluster, then analyze
CLUSTER joined USING joined_idx;
ANALYZE joined;
--- row security on many
ALTER TABLE hubs ENABLE ROW LEVEL SECURITY;
ALTER TABLE hubs FORCE ROW LEVEL SECURITY;
CREATE POLICY hubs_all ON hubs USING (TRUE);
UPDATE hubs SET name = name || 'x';
--- a unique index that becomes a constraint
CREATE UNIQUE INDEX hubs_lower_idx ON hubs (name, id);
ALTER TABLE hubs ADD CONSTRAINT hubs_name_id_key UNIQUE USING INDEX hubs_lower_idx;
ALTER TABLE hubs DROP CONSTRAINT hubs_name_key;
--- a column dropped and made again
ALTER TABLE joined DROP COLUMN note;
ALTER TABLE joined ADD COLUMN note text NOT NULL DEFAULT 'again';
--- inherit and copy
CREATE TABLE pines (needles integer) INHERITS (plants);
INSERT INTO pines SELECT id, name, 1, 2 FROM oaks;
DELETE FROM ONLY oaks;
--- everything within a block
DO $$ BEGIN
    ALTER TABLE joined ADD COLUMN x integer;
    UPDATE joined SET x = a;
    ALTER TABLE joined ALTER COLUMN x SET NOT NULL;
    CREATE INDEX ON joined (x);
END $$;
