-- depends: flourish_0003_create_teachers
-- Why:  everything Flourish knows is about a student, and ends with the student.
-- Lock: brief on teachers (new foreign key). Rollback loses: every student.

CREATE TABLE students (
    id varchar(10) NOT NULL,
    name varchar(100) NOT NULL,
    grade integer NOT NULL,
    teacher_id varchar(10),
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT students_pkey PRIMARY KEY (id),
    CONSTRAINT students_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES teachers (id) ON DELETE RESTRICT,
    CONSTRAINT chk_student_id CHECK (id ~ '^S[0-9]{3}$'),
    CONSTRAINT chk_grade_range CHECK (grade BETWEEN 6 AND 8),
    CONSTRAINT students_created_at_finite_check CHECK (isfinite(created_at))
);

COMMENT ON TABLE students IS
'A student. Deleting one deletes every entry, assessment, correction and target.';
COMMENT ON COLUMN students.id IS
'S and three digits, S000 to S999: a thousand students per installation.';
COMMENT ON COLUMN students.name IS 'Full name, for people to read.';
COMMENT ON COLUMN students.created_at IS 'When the student was registered.';
COMMENT ON COLUMN students.grade IS 'School year, 6 to 8.';
COMMENT ON COLUMN students.teacher_id IS
'Who teaches the student and so sees all that hangs on them; NULL until assigned. '
'A teacher with students cannot be deleted.';

-- Serves the teacher's policy below, my_student_ids() and the deletion of a teacher.
CREATE INDEX students_teacher_id_idx ON students (teacher_id);

ALTER TABLE students ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_themselves ON students
FOR SELECT TO authenticated_users
USING (id = (SELECT current_user_id()));

CREATE POLICY teachers_read_own_students ON students
FOR SELECT TO authenticated_users
USING (teacher_id = (SELECT current_user_id()));

CREATE POLICY service_manages_all ON students
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON students
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON students TO authenticated_users, slate_readers;
GRANT SELECT, INSERT, UPDATE, DELETE ON students TO slate_services;
