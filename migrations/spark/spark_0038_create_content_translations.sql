-- depends: spark_0037_record_submission
-- Why:  content in the student's language. content_id points at several tables, which no foreign
--       key can: triggers check it on write and clean up after deletes.
-- Lock: brief on the tables of content (new triggers). Rollback loses: every translation.

CREATE TABLE translatable_types (
    content_type varchar(50) NOT NULL,
    table_name varchar(63),

    CONSTRAINT translatable_types_pkey PRIMARY KEY (content_type)
);

COMMENT ON TABLE translatable_types IS
'What can be translated. An open list: the document names three and says "etc.".';
COMMENT ON COLUMN translatable_types.table_name IS
'Where content_id is looked up; NULL for content kept elsewhere, which is not checked.';

INSERT INTO translatable_types (content_type, table_name)
VALUES
('lesson', 'lessons'),
('question', 'questions'),
('badge', 'badges'),
('course', 'courses'),
('quiz', 'quizzes'),
('assignment', 'assignments');

SELECT core.grant_to_own('SELECT, INSERT (content_type), DELETE ON translatable_types', 'service');
SELECT core.grant_to_own('SELECT ON translatable_types', 'reader');

CREATE TABLE content_translations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    content_id uuid NOT NULL,
    content_type varchar(50) NOT NULL,
    language varchar(5) NOT NULL,
    translated_content jsonb NOT NULL,
    translation_quality numeric(3, 2),
    translated_by varchar(100),
    translated_at timestamptz NOT NULL DEFAULT now(),
    reviewed_at timestamptz,
    reviewed_by uuid,

    CONSTRAINT content_translations_pkey PRIMARY KEY (id),
    CONSTRAINT content_translations_reviewed_by_fkey FOREIGN KEY (reviewed_by)
        REFERENCES users (id),
    CONSTRAINT content_translations_content_type_fkey FOREIGN KEY (content_type)
        REFERENCES translatable_types (content_type),
    CONSTRAINT content_translations_dates_are_finite_check CHECK (
        isfinite(translated_at)
        AND isfinite(reviewed_at)
    ),
    CONSTRAINT content_translations_language_check CHECK (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    CONSTRAINT content_translations_translated_content_check
        CHECK (jsonb_typeof(translated_content) IN ('object', 'array')),
    CONSTRAINT content_translations_translation_quality_check CHECK (
        translation_quality BETWEEN 0 AND 1
    )
);

COMMENT ON TABLE content_translations IS
'Content in another language: a lesson, a question and the like.';
COMMENT ON COLUMN content_translations.content_type IS 'A row of translatable_types.';
COMMENT ON COLUMN content_translations.translated_content IS
'The fields that are translated, an object, or an array of blocks.';
COMMENT ON COLUMN content_translations.content_id IS
'Id in the table that translatable_types names for content_type.';
COMMENT ON COLUMN content_translations.language IS
'ISO code such as hi or en-IN; five characters, so no script codes.';
COMMENT ON COLUMN content_translations.translation_quality IS '0 to 1.';
COMMENT ON COLUMN content_translations.translated_by IS 'auto, human, or the translator''s name.';

CREATE UNIQUE INDEX idx_translations_content
ON content_translations (content_id, content_type, language);
CREATE INDEX content_translations_content_type_idx ON content_translations (content_type);
CREATE INDEX idx_translations_language ON content_translations (language);
CREATE INDEX idx_translations_quality ON content_translations (translation_quality DESC);
CREATE INDEX content_translations_reviewed_by_idx
ON content_translations (reviewed_by)
WHERE reviewed_by IS NOT NULL;

-- Definer: the content may be a draft the writer does not see.
CREATE FUNCTION check_translated_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_table CONSTANT text := (
        SELECT t.table_name FROM translatable_types AS t WHERE t.content_type = NEW.content_type
    );
    v_found boolean;
BEGIN
    IF v_table IS NULL THEN
        RETURN NEW;  -- kept elsewhere, or no type at all: the foreign key says so better
    END IF;
    -- FOR KEY SHARE, as a foreign key does: the content cannot go while its translation is being
    -- written.
    EXECUTE format('SELECT true FROM %I WHERE id = $1 FOR KEY SHARE', v_table)
    INTO v_found USING NEW.content_id;
    IF v_found IS NULL THEN
        RAISE EXCEPTION 'no % "%"', NEW.content_type, NEW.content_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'content_translations',
            COLUMN = 'content_id',
            CONSTRAINT = 'content_translations_content_exists';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION check_translated_content() IS
'BEFORE row trigger: content_id exists in the table content_type means.';

CREATE TRIGGER content_translations_content_exists
BEFORE INSERT OR UPDATE OF content_id, content_type
ON content_translations
FOR EACH ROW EXECUTE FUNCTION check_translated_content();

CREATE FUNCTION note_reviewer() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.reviewed_by := coalesce(current_user_id(), NEW.reviewed_by);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION note_reviewer() IS
'BEFORE row trigger: reviewed_by is the caller; only the back end on its own names another.';

CREATE TRIGGER content_translations_note_new_reviewer
BEFORE INSERT ON content_translations
FOR EACH ROW WHEN (NEW.reviewed_at IS NOT NULL OR NEW.reviewed_by IS NOT NULL)
EXECUTE FUNCTION note_reviewer();
CREATE TRIGGER content_translations_note_reviewer
BEFORE UPDATE ON content_translations
FOR EACH ROW WHEN (
    NEW.reviewed_by IS NOT NULL AND (OLD.reviewed_at, OLD.reviewed_by)
    IS DISTINCT FROM (NEW.reviewed_at, NEW.reviewed_by)
    OR OLD.reviewed_at IS NULL AND NEW.reviewed_at IS NOT NULL
)
EXECUTE FUNCTION note_reviewer();

-- Definer: who deletes content needs no right on translations.
CREATE FUNCTION drop_translations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    DELETE FROM content_translations AS t
    WHERE t.content_id = OLD.id AND t.content_type = TG_ARGV[0];
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION drop_translations() IS
'AFTER DELETE row trigger of content; argument: its content_type.';

CREATE TRIGGER lessons_drop_translations
AFTER DELETE ON lessons
FOR EACH ROW EXECUTE FUNCTION drop_translations('lesson');
CREATE TRIGGER questions_drop_translations
AFTER DELETE ON questions
FOR EACH ROW EXECUTE FUNCTION drop_translations('question');
CREATE TRIGGER courses_drop_translations
AFTER DELETE ON courses
FOR EACH ROW EXECUTE FUNCTION drop_translations('course');
CREATE TRIGGER quizzes_drop_translations
AFTER DELETE ON quizzes
FOR EACH ROW EXECUTE FUNCTION drop_translations('quiz');
CREATE TRIGGER assignments_drop_translations
AFTER DELETE ON assignments
FOR EACH ROW EXECUTE FUNCTION drop_translations('assignment');
CREATE TRIGGER badges_drop_translations
AFTER DELETE ON badges
FOR EACH ROW EXECUTE FUNCTION drop_translations('badge');

-- A translated question may hold its answer: people read those through the service.
ALTER TABLE content_translations ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_translations ON content_translations
FOR SELECT TO authenticated_users
USING (
    content_type IN ('lesson', 'badge', 'course')
    AND (SELECT me.id FROM my_account AS me) IS NOT NULL
);

CREATE POLICY service_manages_all ON content_translations
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON content_translations
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON content_translations TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON content_translations TO slate_services;
GRANT SELECT ON content_translations TO slate_readers;
