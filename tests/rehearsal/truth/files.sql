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
