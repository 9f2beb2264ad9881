-- depends: spark_0015_create_courses
-- Why:  what a student works through, online or from a packed copy on the device.
-- Lock: none, only new objects. Rollback loses: every lesson.

CREATE TABLE lessons (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    content jsonb NOT NULL,
    course_id uuid NOT NULL,
    order_index integer NOT NULL,
    duration integer,
    objectives text[],
    keywords text[],
    difficulty_level smallint NOT NULL DEFAULT 1,
    is_published boolean NOT NULL DEFAULT false,
    requires_internet boolean NOT NULL DEFAULT false,
    offline_content jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT lessons_pkey PRIMARY KEY (id),
    -- An index takes no word of any length.
    CONSTRAINT lessons_keywords_check CHECK (
        NOT jsonb_path_exists(to_jsonb(keywords), '$[*] ? (@ like_regex "^.{201}" flag "s")')
    ),
    -- Deferrable: two lessons may change places in one statement.
    CONSTRAINT idx_lessons_course UNIQUE (course_id, order_index) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT lessons_course_id_fkey FOREIGN KEY (course_id)
        REFERENCES courses (id) ON DELETE CASCADE,
    CONSTRAINT lessons_content_check CHECK (jsonb_typeof(content) IN ('object', 'array')),
    CONSTRAINT lessons_duration_check CHECK (duration >= 0),
    CONSTRAINT lessons_difficulty_level_check CHECK (difficulty_level BETWEEN 1 AND 5)
);

COMMENT ON TABLE lessons IS 'A lesson of a course, in order_index.';
COMMENT ON COLUMN lessons.objectives IS 'What the student is to learn.';
COMMENT ON COLUMN lessons.requires_internet IS
'Whether it cannot be worked through from a packed copy.';
COMMENT ON COLUMN lessons.content IS
'Text, media and interactive elements: an object, or an array of blocks.';
COMMENT ON COLUMN lessons.order_index IS 'Place in the course; unique within it.';
COMMENT ON COLUMN lessons.duration IS 'Estimated minutes.';
COMMENT ON COLUMN lessons.keywords IS
'For search: keywords @> ARRAY[''algebra'']; up to 200 characters each.';
COMMENT ON COLUMN lessons.difficulty_level IS
'1 easy to 5 hard; no relation to the enum of the same name.';
COMMENT ON COLUMN lessons.offline_content IS 'Packed copy of content for offline use.';

CREATE INDEX idx_lessons_published ON lessons (is_published) WHERE is_published = true;
CREATE INDEX idx_lessons_keywords ON lessons USING gin (keywords);

CREATE TRIGGER update_lessons_updated_at
BEFORE UPDATE ON lessons
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE lessons ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_published_lessons ON lessons
FOR SELECT TO authenticated_users
USING (is_published AND (SELECT me.id FROM my_account AS me) IS NOT NULL);

CREATE POLICY all_staff_reads_drafts_of_lessons ON lessons
FOR SELECT TO authenticated_users
USING ((SELECT my_role()) = ANY ('{TEACHER,ADMIN}'));

CREATE POLICY service_manages_all ON lessons
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON lessons
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON lessons TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON lessons TO slate_services;
GRANT SELECT ON lessons TO slate_readers;
