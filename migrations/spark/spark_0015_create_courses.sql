-- depends: spark_0014_create_subjects
-- Why:  the curriculum. prerequisites is an array of ids, which no foreign key can watch: a trigger
--       does.
-- Lock: none, only new objects. Rollback loses: every course.

CREATE TYPE difficulty_level AS ENUM ('EASY', 'MEDIUM', 'HARD', 'EPIC');
COMMENT ON TYPE difficulty_level IS
'How hard a course is. Lessons have a number 1 to 5 of the same name instead.';

CREATE TABLE courses (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    description text,
    subject varchar(50) NOT NULL,
    grade smallint NOT NULL,
    difficulty difficulty_level NOT NULL,
    estimated_hours integer,
    prerequisites text[],
    learning_objectives text[],
    is_published boolean NOT NULL DEFAULT false,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT courses_pkey PRIMARY KEY (id),
    CONSTRAINT courses_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT courses_grade_check CHECK (grade BETWEEN 6 AND 12),
    CONSTRAINT courses_estimated_hours_check CHECK (estimated_hours >= 0)
);

COMMENT ON TABLE courses IS
'A course of one subject and grade. People see it once published, staff before.';
COMMENT ON COLUMN courses.grade IS 'School grade, 6 to 12.';
COMMENT ON COLUMN courses.created_by IS
'Who made it: the caller, on insert; NULL for the back end.';
COMMENT ON COLUMN courses.is_published IS 'People see it from then on, staff before.';
COMMENT ON COLUMN courses.estimated_hours IS 'Hours of work, 0 or more.';
COMMENT ON COLUMN courses.prerequisites IS
'Ids of other courses, as text; checked on write, cleaned when one is deleted.';

CREATE INDEX idx_courses_subject_grade ON courses (subject, grade);
CREATE INDEX idx_courses_published ON courses (is_published) WHERE is_published = true;
CREATE INDEX idx_courses_difficulty ON courses (difficulty);
CREATE INDEX courses_created_by_idx ON courses (created_by);

-- Serves the cleaning after a course is deleted.
CREATE INDEX courses_prerequisites_idx ON courses USING gin (prerequisites);

CREATE TRIGGER update_courses_updated_at
BEFORE UPDATE ON courses
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

CREATE FUNCTION note_creator() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.created_by := coalesce(current_user_id(), NEW.created_by);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION note_creator() IS
'BEFORE INSERT row trigger: created_by is the caller; only the back end on its own names another.';

CREATE TRIGGER courses_note_creator
BEFORE INSERT ON courses
FOR EACH ROW EXECUTE FUNCTION note_creator();

-- Definer: a prerequisite may be a draft the writer does not see.
CREATE FUNCTION check_prerequisites() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_missing text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM core.refuse_old_snapshot(
            format('course "%s" cannot be deleted', OLD.id), 'courses'
        );
        UPDATE courses SET prerequisites = array_remove(prerequisites, OLD.id::text)
        WHERE prerequisites @> ARRAY[OLD.id::text];
        RETURN NULL;
    END IF;
    -- FOR KEY SHARE, as a foreign key does: a course cannot go while another begins to rely on it.
    PERFORM 1 FROM courses AS c
    WHERE c.id::text = ANY (NEW.prerequisites) AND c.id <> NEW.id
    ORDER BY c.id
    FOR KEY SHARE;
    SELECT p.course_id INTO v_missing
    FROM unnest(NEW.prerequisites) AS p (course_id)
    WHERE p.course_id IS NULL OR p.course_id = NEW.id::text
        OR NOT EXISTS (SELECT 1 FROM courses AS c WHERE c.id::text = p.course_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '"%" is no other course', v_missing
            USING ERRCODE = 'foreign_key_violation', TABLE = 'courses', COLUMN = 'prerequisites',
            CONSTRAINT = 'courses_prerequisites_exist',
            HINT = 'List ids of existing courses in lower case, not the course itself.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION check_prerequisites() IS
'Row trigger of courses: prerequisites are other courses; a deleted course leaves the lists of the '
'others.';

CREATE TRIGGER courses_prerequisites_exist
BEFORE INSERT OR UPDATE OF prerequisites ON courses
FOR EACH ROW WHEN (NEW.prerequisites <> '{}') EXECUTE FUNCTION check_prerequisites();
CREATE TRIGGER courses_leave_prerequisites
AFTER DELETE ON courses
FOR EACH ROW EXECUTE FUNCTION check_prerequisites();

ALTER TABLE courses ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_published_courses ON courses
FOR SELECT TO authenticated_users
USING (is_published AND (SELECT me.id FROM my_account AS me) IS NOT NULL);

CREATE POLICY all_staff_reads_drafts_of_courses ON courses
FOR SELECT TO authenticated_users
USING ((SELECT my_role()) = ANY ('{TEACHER,ADMIN}'));

CREATE POLICY service_manages_all ON courses
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON courses
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON courses TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON courses TO slate_services;
GRANT SELECT ON courses TO slate_readers;
