-- depends: vividly_0008_keep_tokens_secret
-- Why:  a class joins one teacher and many students; what a teacher may see follows from it.
-- Lock: none, only new objects. Rollback loses: every class.

CREATE TABLE classes (
    id varchar(50) NOT NULL,
    name varchar(255) NOT NULL,
    subject varchar(100),
    grade_level integer,
    school_year varchar(20),
    teacher_id varchar(50) NOT NULL,
    school_id varchar(50) NOT NULL,
    invite_code varchar(20),
    is_active boolean NOT NULL DEFAULT true,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    deleted_at timestamptz,

    CONSTRAINT classes_pkey PRIMARY KEY (id),
    CONSTRAINT classes_invite_code_key UNIQUE (invite_code),
    CONSTRAINT classes_id_school_id_key UNIQUE (id, school_id),
    CONSTRAINT classes_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT classes_school_id_fkey FOREIGN KEY (school_id)
        REFERENCES organizations (id) ON DELETE RESTRICT,
    CONSTRAINT classes_grade_level_check CHECK (grade_level BETWEEN 9 AND 12),
    CONSTRAINT classes_school_year_check CHECK (
        school_year ~ '^[0-9]{4}-[0-9]{4}$'
        AND right(school_year, 4)::integer = left(school_year, 4)::integer + 1
    ),
    CONSTRAINT classes_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT classes_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at) AND isfinite(deleted_at)
    )
);

COMMENT ON TABLE classes IS 'A group of students under one teacher of one school.';
COMMENT ON COLUMN classes.id IS 'generate_id(''class'').';
COMMENT ON COLUMN classes.grade_level IS '9 to 12; NULL for a class of mixed grades.';
COMMENT ON COLUMN classes.school_year IS 'Two following years: 2025-2026.';
COMMENT ON COLUMN classes.invite_code IS 'What a student types to join.';
COMMENT ON COLUMN classes.deleted_at IS
'Soft delete: people no longer see the class, nor the teacher its students.';

-- Without "deleted_at IS NULL", so that the foreign keys use them too.
CREATE INDEX idx_classes_teacher ON classes (teacher_id);
CREATE INDEX idx_classes_school ON classes (school_id);

CREATE TRIGGER update_classes_updated_at
BEFORE UPDATE ON classes
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- SECURITY DEFINER: the teacher must be found whoever writes.
CREATE FUNCTION fit_teacher_to_school() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- KEY SHARE is what the foreign key takes anyway; it waits for a change of role or school under
    -- way.
    PERFORM FROM users AS u
    WHERE u.id = NEW.teacher_id AND u.role = 'teacher' AND u.org_id = NEW.school_id
    FOR KEY SHARE;
    IF NOT FOUND AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = NEW.teacher_id) THEN
        RAISE EXCEPTION '"%" is not a teacher of school "%"', NEW.teacher_id, NEW.school_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'teacher_id',
            CONSTRAINT = 'classes_teacher_of_school_check',
            HINT = 'The teacher of a class has the role teacher '
                'and the class''s school as organization.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION fit_teacher_to_school() IS
'AFTER row trigger of classes: the teacher is a teacher of that school. A missing user is the '
'foreign key''s to tell.';

-- AFTER, so that the policies speak first: a person learns nothing of somebody else's id.
CREATE TRIGGER classes_are_taught_by_a_teacher_of_the_school
AFTER INSERT OR UPDATE OF teacher_id, school_id ON classes
FOR EACH ROW EXECUTE FUNCTION fit_teacher_to_school();

ALTER TABLE classes ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_classes ON classes
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_enrolled_class_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY administrators_read_school_classes ON classes
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]) AND deleted_at IS NULL);

-- Not those of a school the teacher has left.
CREATE POLICY teachers_read_own_classes ON classes
FOR SELECT TO authenticated_users
USING (
    teacher_id = (SELECT me.id FROM my_account AS me)
    AND school_id = ANY ((SELECT my_own_org_ids())::text[]) AND deleted_at IS NULL
);

CREATE POLICY teachers_add_own_classes ON classes
FOR INSERT TO authenticated_users
WITH CHECK (teacher_id = (SELECT me.id FROM my_account AS me));

-- A class that ended gives no sight of its students; its teacher may end it and not bring it back.
CREATE POLICY teachers_change_own_classes ON classes
FOR UPDATE TO authenticated_users
USING (
    teacher_id = (SELECT me.id FROM my_account AS me)
    AND school_id = ANY ((SELECT my_own_org_ids())::text[]) AND is_active AND deleted_at IS NULL
)
WITH CHECK (teacher_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY internal_staff_read_classes ON classes
FOR SELECT TO authenticated_users
USING (school_id >= (SELECT staff_from()) AND school_id <= (SELECT staff_to()));

CREATE POLICY service_manages_all ON classes
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON classes
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON classes TO authenticated_users, slate_readers;
GRANT INSERT (
    id, name, subject, grade_level, school_year, teacher_id, school_id, invite_code, metadata
)
ON classes TO authenticated_users;
GRANT UPDATE (name, subject, grade_level, school_year, invite_code, is_active, metadata)
ON classes TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON classes TO slate_services;
