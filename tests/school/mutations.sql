--= schema school: owner
ALTER SCHEMA school OWNER TO school_owner;
--= grant on schema school to school_writer
GRANT CREATE ON SCHEMA school TO school_writer;
--= grant on schema school to school_reader
REVOKE USAGE ON SCHEMA school FROM school_reader;
--= comment on schema school
COMMENT ON SCHEMA school IS 'mine';

--= table school.extra
CREATE TABLE extra (id integer);
--= table school.places
DROP TABLE places;
--= table school.teachers: owner
ALTER TABLE teachers OWNER TO school_owner;
--= table school.drafts: persistence
ALTER TABLE drafts SET LOGGED;
--= table school.teachers: options
ALTER TABLE teachers SET (fillfactor = 50);
--= table school.teachers: options
ALTER TABLE teachers RESET (fillfactor);
--= table school.students: options
ALTER TABLE students SET (autovacuum_enabled = off);
--= table school.students: toast_options
ALTER TABLE students SET (toast.autovacuum_enabled = off);
--= table school.teachers: row_security
ALTER TABLE teachers DISABLE ROW LEVEL SECURITY;
--= table school.teachers: force_row_security
ALTER TABLE teachers NO FORCE ROW LEVEL SECURITY;
--= table school.students: row_security
ALTER TABLE students ENABLE ROW LEVEL SECURITY;
--= table school.students: replica_identity
ALTER TABLE students REPLICA IDENTITY FULL;
--= table school.places: of_type
ALTER TABLE places NOT OF;
--= table school.alumni: inherits
ALTER TABLE alumni NO INHERIT students;
--= table school.drafts
ALTER TABLE drafts RENAME TO sketches;
--= table school.regions_north: partition_bound
ALTER TABLE regions DETACH PARTITION regions_north; ALTER TABLE regions ATTACH PARTITION regions_north FOR VALUES IN ('n');
--= table school.regions_north: partition_bound
ALTER TABLE regions DETACH PARTITION regions_north;
--= table school.regions_south
CREATE TABLE regions_south PARTITION OF regions FOR VALUES IN ('s');
--= table school.visits_default
DROP TABLE visits_default;
--= table school.visits_2026_01: partition_bound
ALTER TABLE visits DETACH PARTITION visits_2026_01; ALTER TABLE visits ATTACH PARTITION visits_2026_01 FOR VALUES FROM ('2026-01-02') TO ('2026-02-01');
--= table school.visits_2026_01: row_security
ALTER TABLE visits_2026_01 DISABLE ROW LEVEL SECURITY;
--= table school.visits_2026_03: row_security
CREATE TABLE visits_2026_03 PARTITION OF visits FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
--= grant on table school.visits_2026_02 to school_reader
GRANT SELECT ON visits_2026_02 TO school_reader;
--= table school.students: constraint_triggers_off
ALTER TABLE students DISABLE TRIGGER ALL;
--= table school.homework: constraint_triggers_off
ALTER TABLE homework DISABLE TRIGGER ALL;
--= table school.homework: constraint_triggers_off
DO $$ BEGIN EXECUTE format('ALTER TABLE homework ENABLE REPLICA TRIGGER %I', (SELECT tgname FROM pg_trigger WHERE tgrelid = 'homework'::regclass LIMIT 1)); END $$;
--= table school.teachers: constraint_triggers_off
ALTER TABLE teachers DISABLE TRIGGER ALL;

--= column school.teachers.phone
ALTER TABLE teachers ADD COLUMN phone text;
--= column school.teachers.email
ALTER TABLE teachers DROP COLUMN email;
--= column school.students.notes
ALTER TABLE students RENAME COLUMN notes TO remarks;
--= column school.students.age: type
DROP VIEW adults; DROP MATERIALIZED VIEW ages; ALTER TABLE students DROP CONSTRAINT students_age_check; ALTER PUBLICATION changes DROP TABLE students; DROP INDEX students_teacher_idx; ALTER TABLE students ALTER COLUMN age TYPE bigint;
--= column school.teachers.email: type
ALTER TABLE teachers ALTER COLUMN email TYPE varchar(200);
--= column school.teachers.email: collation
ALTER TABLE teachers ALTER COLUMN email TYPE varchar(120) COLLATE plain;
--= column school.teachers.level: default
ALTER TABLE teachers ALTER COLUMN level SET DEFAULT 'merit';
--= column school.teachers.level: default
ALTER TABLE teachers ALTER COLUMN level DROP DEFAULT;
--= column school.teachers.level: not_null
ALTER TABLE teachers ALTER COLUMN level DROP NOT NULL;
--= column school.teachers.email: not_null
ALTER TABLE teachers ALTER COLUMN email SET NOT NULL;
--= column school.teachers.id: identity
ALTER TABLE teachers ALTER COLUMN id SET GENERATED ALWAYS;
--= column school.teachers.id: identity
ALTER TABLE teachers ALTER COLUMN id DROP IDENTITY;
--= column school.teachers.name_upper: generated
ALTER TABLE teachers ALTER COLUMN name_upper DROP EXPRESSION;
--= column school.students.notes: storage
ALTER TABLE students ALTER COLUMN notes SET STORAGE EXTERNAL;
--= column school.students.notes: compression
ALTER TABLE students ALTER COLUMN notes SET COMPRESSION pglz;
--= column school.students.age: statistics
ALTER TABLE students ALTER COLUMN age SET STATISTICS 500;
--= column school.students.age: options
ALTER TABLE students ALTER COLUMN age SET (n_distinct = 5);
--= column school.teachers.email: position
ALTER TABLE teachers ADD COLUMN copy varchar(120) COLLATE "C"; ALTER TABLE teachers DROP COLUMN email; ALTER TABLE teachers RENAME COLUMN copy TO email;
--= column school.adults.notes: default
ALTER VIEW adults ALTER COLUMN notes SET DEFAULT 'none';
--= column school.far_students.id: foreign_options
ALTER FOREIGN TABLE far_students ALTER COLUMN id OPTIONS (SET column_name 'number');
--= grant on column school.students.notes to school_reader
REVOKE UPDATE (notes) ON students FROM school_reader;
--= grant on column school.teachers.email to school_writer
GRANT SELECT (email) ON teachers TO school_writer;
--= comment on table column school.teachers.email: text
COMMENT ON COLUMN teachers.email IS 'Elsewhere.';

--= constraint teachers_name_check on school.teachers
ALTER TABLE teachers DROP CONSTRAINT teachers_name_check;
--= constraint teachers_name_check on school.teachers: definition
ALTER TABLE teachers DROP CONSTRAINT teachers_name_check; ALTER TABLE teachers ADD CONSTRAINT teachers_name_check CHECK (length(name) BETWEEN 1 AND 90);
--= constraint students_age_check on school.students: validated
ALTER TABLE students VALIDATE CONSTRAINT students_age_check;
--= constraint students_id_check on school.students
ALTER TABLE students ADD CONSTRAINT students_id_check CHECK (id > 0);
--= constraint teachers_email_key on school.teachers
ALTER TABLE teachers DROP CONSTRAINT teachers_email_key;
--= constraint teachers_email_key on school.teachers: deferrable
ALTER TABLE teachers DROP CONSTRAINT teachers_email_key; ALTER TABLE teachers ADD CONSTRAINT teachers_email_key UNIQUE (email) DEFERRABLE;
--= constraint teachers_email_key on school.teachers
ALTER TABLE teachers RENAME CONSTRAINT teachers_email_key TO teachers_mail_key;
--= constraint students_teacher_id_fkey on school.students
ALTER TABLE students DROP CONSTRAINT students_teacher_id_fkey;
--= constraint students_teacher_id_fkey on school.students: definition
ALTER TABLE students DROP CONSTRAINT students_teacher_id_fkey; ALTER TABLE students ADD CONSTRAINT students_teacher_id_fkey FOREIGN KEY (teacher_id) REFERENCES teachers (id) ON DELETE RESTRICT DEFERRABLE;
--= constraint students_teacher_id_fkey on school.students: definition
ALTER TABLE students DROP CONSTRAINT students_teacher_id_fkey; ALTER TABLE students ADD CONSTRAINT students_teacher_id_fkey FOREIGN KEY (teacher_id) REFERENCES teachers (id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE;
--= constraint students_teacher_id_fkey on school.students: deferrable
ALTER TABLE students ALTER CONSTRAINT students_teacher_id_fkey NOT DEFERRABLE;
--= constraint students_teacher_id_fkey on school.students: deferred
ALTER TABLE students ALTER CONSTRAINT students_teacher_id_fkey DEFERRABLE INITIALLY DEFERRED;
--= constraint students_teacher_id_fkey on school.students: validated
ALTER TABLE students DROP CONSTRAINT students_teacher_id_fkey; ALTER TABLE students ADD CONSTRAINT students_teacher_id_fkey FOREIGN KEY (teacher_id) REFERENCES teachers (id) ON DELETE CASCADE DEFERRABLE NOT VALID;
--= constraint students_during_excl on school.students
ALTER TABLE students DROP CONSTRAINT students_during_excl;
--= constraint students_during_excl on school.students: definition
ALTER TABLE students DROP CONSTRAINT students_during_excl; ALTER TABLE students ADD CONSTRAINT students_during_excl EXCLUDE USING gist (during WITH =);
--= constraint drafts_pkey on school.drafts
ALTER TABLE drafts ADD CONSTRAINT drafts_pkey PRIMARY KEY (id);
--= constraint students_age_check on school.students: no_inherit
ALTER TABLE students DROP CONSTRAINT students_age_check; ALTER TABLE students ADD CONSTRAINT students_age_check CHECK (age > 3) NO INHERIT NOT VALID;
--= constraint teachers_name_check on school.teachers: enforced -- from 18
ALTER TABLE teachers DROP CONSTRAINT teachers_name_check; ALTER TABLE teachers ADD CONSTRAINT teachers_name_check CHECK (length(name) BETWEEN 1 AND 80) NOT ENFORCED;
--= constraint students_teacher_id_fkey on school.students: enforced -- from 18
ALTER TABLE students ALTER CONSTRAINT students_teacher_id_fkey NOT ENFORCED;
--= constraint teachers_name_not_null on school.teachers -- from 18
ALTER TABLE teachers RENAME CONSTRAINT teachers_name_not_null TO named;
--= comment on table constraint teachers_name_check on school.teachers
COMMENT ON CONSTRAINT teachers_name_check ON teachers IS NULL;

--= index school.students_age_idx
CREATE INDEX students_age_idx ON students (age);
--= index school.students_notes_idx
DROP INDEX students_notes_idx;
--= index school.students_teacher_idx: definition
DROP INDEX students_teacher_idx; CREATE INDEX students_teacher_idx ON students (teacher_id, age DESC NULLS LAST) INCLUDE (notes) WHERE age > 6;
--= index school.students_teacher_idx: definition
DROP INDEX students_teacher_idx; CREATE INDEX students_teacher_idx ON students (teacher_id, age DESC) INCLUDE (notes) WHERE age > 5;
--= index school.students_teacher_idx: definition
DROP INDEX students_teacher_idx; CREATE INDEX students_teacher_idx ON students (teacher_id, age DESC NULLS LAST) WHERE age > 5;
--= index school.students_receipt_idx: unique
DROP INDEX students_receipt_idx; CREATE INDEX students_receipt_idx ON students (receipt);
--= index school.students_receipt_idx: definition
DROP INDEX students_receipt_idx; CREATE UNIQUE INDEX students_receipt_idx ON students (receipt);
--= index school.teachers_lower_idx: definition
DROP INDEX teachers_lower_idx; CREATE INDEX teachers_lower_idx ON teachers (lower(name));
--= index school.teachers_lower_idx: definition
DROP INDEX teachers_lower_idx; CREATE INDEX teachers_lower_idx ON teachers (lower(name) COLLATE "C" text_pattern_ops);
--= index school.teachers_lower_idx: statistics
ALTER INDEX teachers_lower_idx ALTER COLUMN 1 SET STATISTICS 300;
--= index school.students_notes_idx: options
ALTER INDEX students_notes_idx SET (fillfactor = 60);
--= index school.students_notes_idx: definition
DROP INDEX students_notes_idx; CREATE INDEX students_notes_idx ON students (notes);
--= index school.students_pkey: clustered
ALTER TABLE students CLUSTER ON students_pkey;
--= index school.teachers_pkey: replica_identity
ALTER TABLE teachers REPLICA IDENTITY USING INDEX teachers_pkey;
--= index school.students_notes_idx: valid
SET LOCAL allow_system_table_mods = on; UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'students_notes_idx'::regclass;
--= index school.teachers_lower_idx
ALTER INDEX teachers_lower_idx RENAME TO teachers_low_idx;
--= index school.visits_school_idx of partition school.visits_2026_01: options
ALTER INDEX visits_2026_01_school_id_idx SET (fillfactor = 60);
--= index school.visits_2026_02_extra_idx
CREATE INDEX visits_2026_02_extra_idx ON visits_2026_02 (id);
--= comment on index school.teachers_lower_idx: text
COMMENT ON INDEX teachers_lower_idx IS 'For whom?';

--= view school.adults: definition
CREATE OR REPLACE VIEW adults WITH (security_barrier) AS SELECT id, age, notes FROM students WHERE is_adult(age + 1) WITH LOCAL CHECK OPTION;
--= view school.adults
DROP VIEW adults;
--= view school.adults: options
ALTER VIEW adults RESET (security_barrier);
--= view school.adults: options
ALTER VIEW adults SET (security_invoker);
--= view school.adults: options
ALTER VIEW adults SET (check_option = cascaded);
--= view school.adults: owner
ALTER VIEW adults OWNER TO school_owner;
--= grant on view school.adults to school_writer
GRANT DELETE ON adults TO school_writer;
--= comment on view school.adults: text
COMMENT ON VIEW adults IS 'Old enough.';
--= view school.more
CREATE VIEW more AS SELECT 1 AS one;
--= materialized view school.ages: populated
REFRESH MATERIALIZED VIEW ages WITH NO DATA;
--= materialized view school.ages: definition
DROP MATERIALIZED VIEW ages; CREATE MATERIALIZED VIEW ages AS SELECT age, count(id) AS students FROM students GROUP BY age;
--= materialized view school.ages: options
ALTER MATERIALIZED VIEW ages SET (fillfactor = 80);
--= materialized view school.ages: owner
ALTER MATERIALIZED VIEW ages OWNER TO school_owner;
--= rule drafts_keep on school.drafts
DROP RULE drafts_keep ON drafts;
--= rule drafts_keep on school.drafts: definition
CREATE OR REPLACE RULE drafts_keep AS ON DELETE TO drafts WHERE old.id > 5 DO INSTEAD NOTHING;
--= rule drafts_keep on school.drafts: enabled
ALTER TABLE drafts DISABLE RULE drafts_keep;
--= rule drafts_more on school.drafts
CREATE RULE drafts_more AS ON INSERT TO drafts DO ALSO NOTHING;

--= sequence school.receipt_numbers: increment
ALTER SEQUENCE receipt_numbers INCREMENT 1;
--= sequence school.receipt_numbers: minimum
ALTER SEQUENCE receipt_numbers MINVALUE 5;
--= sequence school.receipt_numbers: maximum
ALTER SEQUENCE receipt_numbers MAXVALUE 9999;
--= sequence school.receipt_numbers: start
ALTER SEQUENCE receipt_numbers START 20;
--= sequence school.receipt_numbers: cache
ALTER SEQUENCE receipt_numbers CACHE 1;
--= sequence school.receipt_numbers: cycle
ALTER SEQUENCE receipt_numbers NO CYCLE;
--= sequence school.receipt_numbers: type
ALTER SEQUENCE receipt_numbers AS bigint;
--= sequence school.receipt_numbers: owned_by
ALTER SEQUENCE receipt_numbers OWNED BY NONE;
--= sequence school.teachers_id_seq: increment
ALTER TABLE teachers ALTER COLUMN id SET INCREMENT 2;
--= sequence school.more_numbers
CREATE SEQUENCE more_numbers;
--= grant on sequence school.receipt_numbers to school_writer
REVOKE USAGE ON SEQUENCE receipt_numbers FROM school_writer;
--= comment on sequence school.receipt_numbers: text
COMMENT ON SEQUENCE receipt_numbers IS 'In ones.';

--= trigger teachers_stamped on school.teachers
DROP TRIGGER teachers_stamped ON teachers;
--= trigger teachers_stamped on school.teachers: enabled
ALTER TABLE teachers DISABLE TRIGGER teachers_stamped;
--= trigger teachers_stamped on school.teachers: enabled
ALTER TABLE teachers ENABLE REPLICA TRIGGER teachers_stamped;
--= trigger teachers_stamped on school.teachers: enabled
ALTER TABLE teachers ENABLE ALWAYS TRIGGER teachers_stamped;
--= trigger teachers_stamped on school.teachers: definition
CREATE OR REPLACE TRIGGER teachers_stamped BEFORE UPDATE OF name ON teachers FOR EACH ROW EXECUTE FUNCTION stamp();
--= trigger teachers_stamped on school.teachers: definition
CREATE OR REPLACE TRIGGER teachers_stamped BEFORE UPDATE ON teachers FOR EACH ROW WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION stamp();
--= trigger students_told on school.students: definition
CREATE OR REPLACE TRIGGER students_told AFTER INSERT ON students FOR EACH STATEMENT EXECUTE FUNCTION tell();
--= trigger students_late on school.students: deferred
DROP TRIGGER students_late ON students; CREATE CONSTRAINT TRIGGER students_late AFTER UPDATE ON students DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
--= trigger students_more on school.students
CREATE TRIGGER students_more AFTER DELETE ON students EXECUTE FUNCTION tell();
--= comment on trigger teachers_stamped on school.teachers
COMMENT ON TRIGGER teachers_stamped ON teachers IS NULL;

--= function school.stamp(): body
CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = school, pg_temp AS 'BEGIN RETURN NULL; END';
--= function school.stamp(): security_definer
ALTER FUNCTION stamp() SECURITY INVOKER;
--= function school.stamp(): config
ALTER FUNCTION stamp() RESET search_path;
--= function school.stamp(): config
ALTER FUNCTION stamp() SET work_mem = '1MB';
--= function school.is_adult(integer): volatility
ALTER FUNCTION is_adult(integer) VOLATILE;
--= function school.is_adult(integer): strict
ALTER FUNCTION is_adult(integer) STRICT;
--= function school.is_adult(integer): leakproof
ALTER FUNCTION is_adult(integer) LEAKPROOF;
--= function school.is_adult(integer): parallel
ALTER FUNCTION is_adult(integer) PARALLEL SAFE;
--= function school.next_day(date): cost
ALTER FUNCTION next_day(date) COST 500;
--= function school.next_day(date): sql_body
CREATE OR REPLACE FUNCTION next_day(p_day date DEFAULT '2026-01-01') RETURNS date LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 5 SET search_path = school, pg_temp RETURN p_day + 2;
--= function school.next_day(date): arguments
CREATE OR REPLACE FUNCTION next_day(p_day date DEFAULT '2026-02-01') RETURNS date LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 5 SET search_path = school, pg_temp RETURN p_day + 1;
--= function school.pages(integer): rows
ALTER FUNCTION pages(integer) ROWS 1000;
--= function school.pages(integer): result
DROP FUNCTION pages(integer); CREATE FUNCTION pages(p_count integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
--= function school.pages(integer): support
SET LOCAL allow_system_table_mods = on; ALTER FUNCTION pages(integer) SUPPORT pg_catalog.generate_series_int4_support;
--= function school.tell(): language
CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE internal AS 'suppress_redundant_updates_trigger';
--= function school.tell(): owner
ALTER FUNCTION tell() OWNER TO school_owner;
--= function school.is_adult(text)
CREATE FUNCTION is_adult(p_age text) RETURNS boolean LANGUAGE sql AS 'SELECT TRUE';
--= function school.pages(integer)
DROP FUNCTION pages(integer);
--= grant on function school.stamp() to PUBLIC
GRANT EXECUTE ON FUNCTION stamp() TO PUBLIC;
--= grant on function school.stamp() to school_writer
REVOKE EXECUTE ON FUNCTION stamp() FROM school_writer;
--= grant on function school.stamp() to school_writer: privileges
GRANT EXECUTE ON FUNCTION stamp() TO school_writer WITH GRANT OPTION;
--= comment on function school.stamp()
COMMENT ON FUNCTION stamp() IS NULL;
--= procedure school.tidy(integer): body
CREATE OR REPLACE PROCEDURE tidy(INOUT p_done integer) LANGUAGE plpgsql AS 'BEGIN p_done := 2; END';
--= procedure school.tidy(integer): security_definer
ALTER PROCEDURE tidy(integer) SECURITY DEFINER;
--= grant on procedure school.tidy(integer) to school_reader
GRANT EXECUTE ON PROCEDURE tidy(integer) TO school_reader;
--= aggregate school.total(integer): aggregate
CREATE OR REPLACE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1');
--= aggregate school.total(integer): parallel
CREATE OR REPLACE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', PARALLEL = SAFE);
--= aggregate school.total(integer): owner
ALTER AGGREGATE total (integer) OWNER TO school_owner;

--= type school.grade: labels
ALTER TYPE grade RENAME VALUE 'pass' TO 'passed';
--= type school.grade: labels
ALTER TYPE grade ADD VALUE 'failed' BEFORE 'pass';
--= type school.grade: owner
ALTER TYPE grade OWNER TO school_owner;
--= grant on type school.grade to PUBLIC
REVOKE USAGE ON TYPE grade FROM PUBLIC;
--= grant on type school.grade to school_reader
REVOKE USAGE ON TYPE grade FROM school_reader;
--= comment on type school.grade: text
COMMENT ON TYPE grade IS 'Marks.';
--= type school.mood
CREATE TYPE mood AS ENUM ('good');
--= domain school.percent: default
ALTER DOMAIN percent SET DEFAULT 1;
--= domain school.percent: not_null
ALTER DOMAIN percent SET NOT NULL;
--= domain school.label: not_null
ALTER DOMAIN label DROP NOT NULL;
--= constraint percent_in_range on type school.percent
ALTER DOMAIN percent DROP CONSTRAINT percent_in_range;
--= constraint percent_in_range on type school.percent: definition
ALTER DOMAIN percent DROP CONSTRAINT percent_in_range; ALTER DOMAIN percent ADD CONSTRAINT percent_in_range CHECK (VALUE BETWEEN 0 AND 101);
--= constraint percent_in_range on type school.percent: validated
ALTER DOMAIN percent DROP CONSTRAINT percent_in_range; ALTER DOMAIN percent ADD CONSTRAINT percent_in_range CHECK (VALUE BETWEEN 0 AND 100) NOT VALID;
--= grant on domain school.percent to PUBLIC
GRANT USAGE ON DOMAIN percent TO PUBLIC;
--= comment on type school.percent
COMMENT ON DOMAIN percent IS NULL;
--= column school.address.country
ALTER TYPE address ADD ATTRIBUTE country text CASCADE;
--= column school.address.street
ALTER TYPE address RENAME ATTRIBUTE street TO road CASCADE;
--= type school.score_range: range
DROP TYPE score_range; CREATE TYPE score_range AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
--= type school.score_range
DROP TYPE score_range;

--= policy teachers_read_all on school.teachers
DROP POLICY teachers_read_all ON teachers;
--= policy teachers_read_all on school.teachers: using
ALTER POLICY teachers_read_all ON teachers USING (TRUE);
--= policy teachers_write_own on school.teachers: with_check
ALTER POLICY teachers_write_own ON teachers WITH CHECK (id > 0);
--= policy teachers_write_own on school.teachers: roles
ALTER POLICY teachers_write_own ON teachers TO school_writer, school_reader;
--= policy teachers_read_all on school.teachers: command
DROP POLICY teachers_read_all ON teachers; CREATE POLICY teachers_read_all ON teachers FOR UPDATE TO school_reader USING (level <> 'pass');
--= policy teachers_read_all on school.teachers: permissive
DROP POLICY teachers_read_all ON teachers; CREATE POLICY teachers_read_all ON teachers AS RESTRICTIVE FOR SELECT TO school_reader USING (level <> 'pass');
--= policy visits_seen on school.visits: roles
ALTER POLICY visits_seen ON visits TO school_writer;
--= policy extra on school.students
CREATE POLICY extra ON students USING (TRUE);
--= policy teachers_read_all on school.teachers
ALTER POLICY teachers_read_all ON teachers RENAME TO readers;
--= comment on policy teachers_read_all on school.teachers: text
COMMENT ON POLICY teachers_read_all ON teachers IS 'Who?';

--= grant on table school.teachers to school_writer
GRANT DELETE ON teachers TO school_writer;
--= grant on table school.teachers to PUBLIC
GRANT SELECT ON teachers TO PUBLIC;
--= grant on table school.teachers to school_reader
REVOKE SELECT ON teachers FROM school_reader;
--= grant on table school.students to school_writer: privileges
REVOKE GRANT OPTION FOR UPDATE ON students FROM school_writer;
--= grant on table school.students to school_reader: privileges
GRANT TRUNCATE ON students TO school_reader;
--= grant on table school.drafts to its owner: privileges
REVOKE DELETE ON drafts FROM CURRENT_USER;
--= default privileges of postgres on tables in schema school to school_writer
ALTER DEFAULT PRIVILEGES IN SCHEMA school GRANT INSERT ON TABLES TO school_writer;
--= default privileges of postgres on tables in schema school to school_reader
ALTER DEFAULT PRIVILEGES IN SCHEMA school REVOKE SELECT ON TABLES FROM school_reader;
--= default privileges of postgres on functions to postgres
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
--= default privileges of school_owner on sequences to school_reader
ALTER DEFAULT PRIVILEGES FOR ROLE school_owner GRANT USAGE ON SEQUENCES TO school_reader;

--= statistics school.students_stats
DROP STATISTICS students_stats;
--= statistics school.students_stats: target
ALTER STATISTICS students_stats SET STATISTICS 400;
--= statistics school.students_stats: definition
DROP STATISTICS students_stats; CREATE STATISTICS students_stats (ndistinct) ON teacher_id, age FROM students;
--= statistics school.students_stats: owner
ALTER STATISTICS students_stats OWNER TO school_owner;
--= statistics school.more_stats
CREATE STATISTICS more_stats ON (age + 1) FROM students;

--= publication changes
DROP PUBLICATION changes;
--= publication changes: operations
ALTER PUBLICATION changes SET (publish = 'insert, update, delete');
--= publication changes: via_root
ALTER PUBLICATION changes SET (publish_via_partition_root);
--= publication changes of school.teachers
ALTER PUBLICATION changes DROP TABLE teachers;
--= publication changes of school.drafts
CREATE TABLE logged (id integer); ALTER TABLE drafts SET LOGGED; ALTER PUBLICATION changes ADD TABLE drafts;
--= publication changes of school.students: row_filter
ALTER PUBLICATION changes SET TABLE students (id, age) WHERE (age > 6), teachers;
--= publication changes of school.students: columns
ALTER PUBLICATION changes SET TABLE students (id) WHERE (age > 5), teachers;
--= publication changes: owner
ALTER PUBLICATION changes OWNER TO school_superuser;
--= publication changes: schemas
ALTER PUBLICATION changes SET TABLE teachers; ALTER PUBLICATION changes ADD TABLES IN SCHEMA school;
--= publication everything
CREATE PUBLICATION everything FOR ALL TABLES;
--= subscription far_away (catalog)
CREATE SUBSCRIPTION far_away CONNECTION 'dbname=none' PUBLICATION changes WITH (connect = false, slot_name = NONE, create_slot = false);

--= event trigger watched
DROP EVENT TRIGGER watched;
--= event trigger watched: enabled
ALTER EVENT TRIGGER watched DISABLE;
--= event trigger watched: tags
DROP EVENT TRIGGER watched; CREATE EVENT TRIGGER watched ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION watch();
--= event trigger watched: owner
ALTER EVENT TRIGGER watched OWNER TO school_superuser;

--= extension hstore
DROP EXTENSION hstore;
--= extension hstore: version
ALTER EXTENSION hstore UPDATE TO '1.8';
--= extension hstore: schema
ALTER EXTENSION hstore SET SCHEMA school;
--= member function public.akeys(public.hstore) of extension hstore: volatility
ALTER FUNCTION public.akeys(public.hstore) VOLATILE;
--= member function public.akeys(public.hstore) of extension hstore: privileges
GRANT EXECUTE ON FUNCTION public.akeys(public.hstore) TO school_reader;
--= extension citext (catalog)
CREATE EXTENSION citext SCHEMA public;

--= text search dictionary school.plain_words: options
ALTER TEXT SEARCH DICTIONARY plain_words (ACCEPT = false);
--= text search configuration school.plain_search: mappings
ALTER TEXT SEARCH CONFIGURATION plain_search DROP MAPPING FOR word;
--= text search configuration school.plain_search: owner
ALTER TEXT SEARCH CONFIGURATION plain_search OWNER TO school_owner;
--= text search configuration school.plain_search
DROP TEXT SEARCH CONFIGURATION plain_search;

--= operator school.===(school.grade,text): restrict
ALTER OPERATOR === (grade, text) SET (RESTRICT = NONE);
--= operator school.===(school.grade,text): owner
ALTER OPERATOR === (grade, text) OWNER TO school_owner;
--= operator school.===(school.grade,text)
DROP OPERATOR === (grade, text);
--= operator class school.label_ops for btree
DROP OPERATOR CLASS label_ops USING btree;
--= operator class school.label_ops for btree: owner
ALTER OPERATOR CLASS label_ops USING btree OWNER TO school_owner;
--= operator family school.label_family for btree: operators
ALTER OPERATOR FAMILY label_family USING btree ADD OPERATOR 1 < (name, text);
--= cast from school.address to text
DROP CAST (address AS text);
--= cast from school.address to text: context
DROP CAST (address AS text); CREATE CAST (address AS text) WITH FUNCTION address_text (address);
--= cast from school.grade to integer
CREATE CAST (grade AS integer) WITH INOUT;
--= collation school.plain: owner
ALTER COLLATION plain OWNER TO school_owner;
--= collation school.plain: locale
DROP COLLATION plain; CREATE COLLATION plain (LOCALE = 'POSIX');
--= collation school.more
CREATE COLLATION more (LOCALE = 'C');
--= conversion school.turned
CREATE CONVERSION turned FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
--= transform for public.hstore language sql (catalog)
CREATE TRANSFORM FOR hstore LANGUAGE sql (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal));
--= access method heap2 (catalog)
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
--= language plpgsql: trusted
SET LOCAL allow_system_table_mods = on; UPDATE pg_language SET lanpltrusted = FALSE WHERE lanname = 'plpgsql';
--= grant on language plpgsql to PUBLIC
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;

--= foreign data wrapper nowhere: options
ALTER FOREIGN DATA WRAPPER nowhere OPTIONS (SET debug 'false');
--= server far: options
ALTER SERVER far OPTIONS (SET host 'near.example');
--= server far: version
ALTER SERVER far VERSION '2';
--= grant on server far to school_writer (catalog)
GRANT USAGE ON FOREIGN SERVER far TO school_writer;
--= user mapping for school_reader on far: options
ALTER USER MAPPING FOR school_reader SERVER far OPTIONS (ADD password 'secret');
--= user mapping for school_reader on far
DROP USER MAPPING FOR school_reader SERVER far;
--= foreign table school.far_students: foreign_options
ALTER FOREIGN TABLE far_students OPTIONS (SET table_name 'u');
--= foreign table school.far_students
DROP FOREIGN TABLE far_students;

--= role school_reader: bypass_row_security
ALTER ROLE school_reader BYPASSRLS;
--= role school_reader: login
ALTER ROLE school_reader LOGIN;
--= role school_owner: superuser
ALTER ROLE school_owner SUPERUSER;
--= role school_owner: connection_limit
ALTER ROLE school_owner CONNECTION LIMIT 3;
--= membership of school_writer in school_reader
REVOKE school_reader FROM school_writer;
--= membership of school_writer in school_reader: admin
GRANT school_reader TO school_writer WITH ADMIN OPTION;
--= membership of school_reader in school_owner
GRANT school_owner TO school_reader;
--= comment on role school_reader
COMMENT ON ROLE school_reader IS 'Reads.';
--= setting search_path of role school_reader in every database
ALTER ROLE school_reader SET search_path = school;
--= setting row_security of role school_reader in this database
DO $$ BEGIN EXECUTE format('ALTER ROLE school_reader IN DATABASE %I SET row_security = off', current_database()); END $$;
--= setting TimeZone in this database: value
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''CET''', current_database()); END $$;
--= setting work_mem in this database
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''', current_database()); END $$;
--= grant on database to PUBLIC: privileges (catalog)
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
--= database: connection_limit (catalog)
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 5', current_database()); END $$;
--= database: owner (catalog)
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO school_owner', current_database()); END $$;
--= comment on database (catalog)
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''school''', current_database()); END $$;
--= grant on parameter work_mem to school_reader (catalog)
GRANT SET ON PARAMETER work_mem TO school_reader;
--= unmodelled large objects (catalog)
SELECT lo_create(4711);
