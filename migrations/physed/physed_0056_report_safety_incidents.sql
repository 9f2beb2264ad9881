-- depends: physed_0055_check_environment
-- Why:  accidents are recorded in full, kept by month, and seen by few: who teaches the student
--       now.
-- Lock: none, only new objects. Rollback loses: every incident.

CREATE SEQUENCE safety_incidents_id_seq AS integer;

CREATE TABLE safety_incidents (
    id integer NOT NULL DEFAULT nextval('safety_incidents_id_seq'),
    student_id integer NOT NULL,
    activity_id integer NOT NULL,
    date date NOT NULL,
    incident_type varchar(50) NOT NULL,
    severity varchar(20) NOT NULL,
    description text NOT NULL,
    action_taken text NOT NULL,
    incident_metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT safety_incidents_pkey PRIMARY KEY (id, date),
    CONSTRAINT safety_incidents_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES students (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT safety_incidents_activity_id_fkey FOREIGN KEY (activity_id)
        REFERENCES activities (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT safety_incidents_incident_type_not_blank_check CHECK (
        incident_type ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT safety_incidents_severity_not_blank_check CHECK (
        severity ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT safety_incidents_description_not_blank_check CHECK (
        description ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT safety_incidents_action_taken_not_blank_check CHECK (
        action_taken ~ '[^[:space:]\u00a0\u200b]'
    ),
    CONSTRAINT safety_incidents_incident_metadata_object_check CHECK (
        jsonb_typeof(incident_metadata) = 'object'
    )
) PARTITION BY RANGE (date);

ALTER SEQUENCE safety_incidents_id_seq OWNED BY safety_incidents.id;

COMMENT ON TABLE safety_incidents IS
'Accidents and near misses, by month of date. An activity with incidents cannot be deleted; a '
'student can.';
COMMENT ON COLUMN safety_incidents.date IS
'The day it happened; part of the key, since the table is divided by it.';
COMMENT ON COLUMN safety_incidents.incident_type IS 'What kind; the document gives no list.';
COMMENT ON COLUMN safety_incidents.severity IS 'How bad; the document gives no list.';

CREATE INDEX safety_incidents_student_id_activity_id_idx
ON safety_incidents (student_id, activity_id);
CREATE INDEX safety_incidents_activity_id_idx ON safety_incidents (activity_id);
-- With the student, so that a report of a class over an unknown period does not fetch the incidents
-- of all classes.
CREATE INDEX safety_incidents_date_student_id_idx ON safety_incidents (date, student_id);

CREATE TRIGGER safety_incidents_are_audited
AFTER INSERT OR UPDATE OR DELETE ON safety_incidents
FOR EACH ROW EXECUTE FUNCTION write_audit(
    'safety_incidents', 'id, date', 'description, action_taken, incident_metadata'
);

CREATE TRIGGER update_safety_incidents_updated_at
BEFORE UPDATE ON safety_incidents
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE safety_incidents ENABLE ROW LEVEL SECURITY;

CREATE POLICY teachers_read_incidents_of_enrolled_students ON safety_incidents
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_enrolled_student_ids())::integer[]));

-- A report is a record: teachers add one, only the service corrects it.
CREATE POLICY teachers_add_incidents_of_enrolled_students ON safety_incidents
FOR INSERT TO authenticated_users
WITH CHECK (student_id = ANY ((SELECT my_enrolled_student_ids())::integer[]));

CREATE POLICY service_manages_all ON safety_incidents
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON safety_incidents
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT ON safety_incidents TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON safety_incidents TO slate_services;
GRANT SELECT (
    id, student_id, activity_id, date, incident_type, severity, created_at, updated_at
) ON safety_incidents TO slate_readers;
SELECT core.grant_to_own('USAGE ON SEQUENCE safety_incidents_id_seq', 'people', 'service');

SELECT core.ensure_partitions('safety_incidents', 'month', 3);
