-- depends: flourish_0002_identify_caller
-- Why:  students, corrections and targets each belong to a teacher.
-- Lock: none, only new objects. Rollback loses: every teacher.

CREATE TABLE teachers (
    id varchar(10) NOT NULL,
    name varchar(100) NOT NULL,
    email varchar(255),
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT teachers_pkey PRIMARY KEY (id),
    CONSTRAINT teachers_email_key UNIQUE (email),
    CONSTRAINT chk_teacher_id CHECK (id ~ '^T[0-9]{3}$'),
    CONSTRAINT chk_email_format CHECK (
        email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'
    ),
    CONSTRAINT teachers_created_at_finite_check CHECK (isfinite(created_at))
);

COMMENT ON TABLE teachers IS
'Who teaches, writes entries, corrects assessments and assigns targets.';
COMMENT ON COLUMN teachers.id IS 'T and three digits, T000 to T999.';
COMMENT ON COLUMN teachers.name IS 'Full name, for people to read.';
COMMENT ON COLUMN teachers.created_at IS 'When the account was made.';
COMMENT ON COLUMN teachers.email IS 'Unique whatever its case; NULL where none is known.';

-- UNIQUE (email) alone lets "Ann@school.org" in beside "ann@school.org".
CREATE UNIQUE INDEX teachers_lower_email_key ON teachers (lower(email));

ALTER TABLE teachers ENABLE ROW LEVEL SECURITY;

CREATE POLICY teachers_read_themselves ON teachers
FOR SELECT TO authenticated_users
USING (id = (SELECT current_user_id()));

CREATE POLICY service_manages_all ON teachers
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON teachers
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON teachers TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON teachers TO slate_services;
-- Without email: a report needs no address.
GRANT SELECT (id, name, created_at) ON teachers TO slate_readers;
