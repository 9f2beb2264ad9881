-- depends: spark_0003_list_charges
-- Why:  the tenant. Its zone decides when a day ends, so a zone the server does not know is refused
--       at the door.
-- Lock: none, only new objects. Rollback loses: every school.

CREATE TABLE schools (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name varchar(200) NOT NULL,
    address text,
    district varchar(100),
    state varchar(100),
    country varchar(100) NOT NULL DEFAULT 'India',
    timezone varchar(50) NOT NULL DEFAULT 'Asia/Kolkata',
    contact_email varchar(255),
    contact_phone varchar(20),
    settings jsonb NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT schools_pkey PRIMARY KEY (id),
    CONSTRAINT schools_settings_check CHECK (jsonb_typeof(settings) = 'object')
);

COMMENT ON TABLE schools IS 'A school: the tenant that people, classes and guilds belong to.';
COMMENT ON COLUMN schools.is_active IS
'A mark for lists; rights end with accounts, classes and enrolments.';
COMMENT ON COLUMN schools.contact_email IS 'Not shown to reports.';
COMMENT ON COLUMN schools.timezone IS
'IANA name. Streaks, analytics and daily boards count days in this zone.';
COMMENT ON COLUMN schools.settings IS
'The school''s own configuration, an object; no key is read by the database.';

CREATE INDEX idx_schools_district ON schools (district);
CREATE INDEX idx_schools_state ON schools (state);
CREATE INDEX idx_schools_active ON schools (is_active) WHERE is_active = true;

CREATE TRIGGER update_schools_updated_at
BEFORE UPDATE ON schools
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

CREATE FUNCTION require_known_timezone() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- By name: the server also takes "+05:30", and reads it the other way round, as POSIX has it.
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_timezone_names AS z WHERE z.name = NEW.timezone) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'time zone "%" is not known to this server', NEW.timezone
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'timezone',
        CONSTRAINT = 'schools_timezone_is_known',
        HINT = 'SELECT name FROM pg_timezone_names lists the known ones.';
END;
$$;

COMMENT ON FUNCTION require_known_timezone() IS
'Row trigger of schools: refuses a zone that is no name in pg_timezone_names.';

CREATE TRIGGER schools_timezone_is_known
BEFORE INSERT OR UPDATE OF timezone ON schools
FOR EACH ROW WHEN (NEW.timezone NOT IN ('UTC', 'Asia/Kolkata'))  -- listing the names takes a while
EXECUTE FUNCTION require_known_timezone();

ALTER TABLE schools ENABLE ROW LEVEL SECURITY;

CREATE POLICY members_read_own_school ON schools
FOR SELECT TO authenticated_users
USING (id = (SELECT my_own_school_id()));

CREATE POLICY school_admins_change_own_school ON schools
FOR UPDATE TO authenticated_users
USING (id = ANY ((SELECT my_school_ids())::uuid[]));

CREATE POLICY service_manages_all ON schools
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON schools
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON schools TO authenticated_users;
GRANT UPDATE (
    name, address, district, state, contact_email, contact_phone, settings, updated_at
) ON schools TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON schools TO slate_services;
GRANT SELECT (
    id, name, address, district, state, country, timezone, settings, is_active, created_at,
    updated_at
) ON schools TO slate_readers;
