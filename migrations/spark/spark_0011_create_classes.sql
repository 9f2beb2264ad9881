-- depends: spark_0010_pay_rewards
-- Why:  a teacher's section of a year. The seats taken are counted in the row itself, so that the
--       limit is one CHECK and holds at any isolation level.
-- Lock: none, only new objects. Rollback loses: every class.

CREATE TABLE classes (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL,
    subject varchar(50) NOT NULL,
    grade smallint NOT NULL,
    section varchar(10),
    teacher_id uuid NOT NULL,
    school_id uuid NOT NULL,
    max_students integer NOT NULL DEFAULT 50,
    academic_year varchar(10),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    current_students integer NOT NULL DEFAULT 0,

    CONSTRAINT classes_pkey PRIMARY KEY (id),
    CONSTRAINT classes_teacher_id_fkey FOREIGN KEY (teacher_id) REFERENCES users (id),
    CONSTRAINT classes_school_id_fkey FOREIGN KEY (school_id) REFERENCES schools (id),
    CONSTRAINT classes_grade_check CHECK (grade BETWEEN 6 AND 12),
    CONSTRAINT classes_max_students_check CHECK (max_students > 0),
    CONSTRAINT classes_academic_year_check CHECK (academic_year ~ '^[0-9]{4}-([0-9]{2}|[0-9]{4})$'),
    CONSTRAINT classes_seats_within_limit_check CHECK (current_students BETWEEN 0 AND max_students)
);

COMMENT ON TABLE classes IS
'A class or section. Not linked to courses: both only share the words of subject and grade.';
COMMENT ON COLUMN classes.section IS 'Such as A or B.';
COMMENT ON COLUMN classes.is_active IS
'An inactive class gives its teacher and students no rights.';
COMMENT ON COLUMN classes.grade IS 'School grade, 6 to 12.';
COMMENT ON COLUMN classes.academic_year IS 'Such as 2024-25.';
COMMENT ON COLUMN classes.max_students IS
'Limit of ACTIVE enrolments, 1 and up; cannot be lowered below the seats taken.';
COMMENT ON COLUMN classes.current_students IS 'ACTIVE enrolments; counted by enrollments.';

CREATE INDEX idx_classes_teacher ON classes (teacher_id);
CREATE INDEX idx_classes_school ON classes (school_id);
CREATE INDEX idx_classes_grade_subject ON classes (grade, subject);
CREATE INDEX idx_classes_active ON classes (is_active) WHERE is_active = true;

CREATE TRIGGER update_classes_updated_at
BEFORE UPDATE ON classes
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();
CREATE TRIGGER audit_classes
AFTER INSERT OR UPDATE OR DELETE ON classes
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('classes', '', 'current_students');

ALTER TABLE classes ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_classes ON classes
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_enrolled_class_ids())::uuid[]));

CREATE POLICY class_teachers_read_own_classes ON classes
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_class_ids())::uuid[]));

CREATE POLICY guardians_read_classes ON classes
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_child_class_ids())::uuid[]));

CREATE POLICY admins_manage_classes ON classes
FOR ALL TO authenticated_users
USING (school_id = ANY ((SELECT my_school_ids())::uuid[]))
WITH CHECK (
    school_id = ANY ((SELECT my_school_ids())::uuid[])
    AND teacher_id = ANY ((SELECT my_school_staff_ids())::uuid[])
);

CREATE POLICY service_manages_all ON classes
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON classes
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON classes TO authenticated_users;
GRANT INSERT (
    id, name, subject, grade, section, teacher_id, school_id, max_students, academic_year, is_active
)
ON classes TO authenticated_users;
-- updated_at, here and elsewhere, for libraries that lock by it: the database writes its own.
GRANT UPDATE (
    name, subject, grade, section, teacher_id, max_students, academic_year, is_active, updated_at
) ON classes TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON classes TO slate_services;
GRANT SELECT ON classes TO slate_readers;
