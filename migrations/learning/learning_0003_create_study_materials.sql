-- depends: learning_0002_create_users
-- Why:  what a user studies. Kept until the user is purged; deleting one is a mark.
-- Lock: brief on users (new foreign key). Rollback loses: every material.

CREATE TABLE study_materials (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    title varchar(255) NOT NULL,
    description text,
    source_url varchar(1000),
    source_type varchar(50) NOT NULL,
    metadata jsonb,
    status varchar(20) NOT NULL DEFAULT 'processing',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    content_length integer,
    difficulty_level varchar(20),
    subject_area varchar(100),
    tags text[],

    CONSTRAINT study_materials_pkey PRIMARY KEY (id),
    -- An index takes no word of any length.
    CONSTRAINT study_materials_tags_check CHECK (
        NOT jsonb_path_exists(to_jsonb(tags), '$[*] ? (@ like_regex "^.{201}" flag "s")')
    ),
    CONSTRAINT study_materials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT study_materials_source_type_check CHECK (source_type IN ('upload', 'url', 'text')),
    CONSTRAINT study_materials_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT study_materials_content_length_check CHECK (content_length >= 0),
    CONSTRAINT study_materials_times_finite_check CHECK (
        isfinite(created_at) AND isfinite(updated_at)
        AND isfinite(deleted_at)
    )
);

COMMENT ON TABLE study_materials IS
'A text, page or upload that a user studies; owned by that user.';
COMMENT ON COLUMN study_materials.id IS 'Key of the material.';
COMMENT ON COLUMN study_materials.title IS 'What the user calls it.';
COMMENT ON COLUMN study_materials.description IS
'Free text; the first 200,000 characters are searched by words.';
COMMENT ON COLUMN study_materials.created_at IS 'When it was added.';
COMMENT ON COLUMN study_materials.updated_at IS 'Time of the last change, kept by the database.';
COMMENT ON COLUMN study_materials.user_id IS
'The owner; with it the tenant of every chunk and asset below.';
COMMENT ON COLUMN study_materials.source_url IS 'Where it came from.';
COMMENT ON COLUMN study_materials.source_type IS 'upload, url or text.';
COMMENT ON COLUMN study_materials.metadata IS
'Additional facts, a JSON object; searchable by containment.';
COMMENT ON COLUMN study_materials.status IS 'Processing state; an open list, see open_labels.';
COMMENT ON COLUMN study_materials.deleted_at IS 'Soft delete; NULL for a live material.';
COMMENT ON COLUMN study_materials.content_length IS 'Length in characters, 0 and up.';
COMMENT ON COLUMN study_materials.difficulty_level IS
'Difficulty as words; an open list. Assets carry a number, 1 to 10.';
COMMENT ON COLUMN study_materials.subject_area IS 'Academic subject.';
COMMENT ON COLUMN study_materials.tags IS
'Words to find it by, as the user typed them; up to 200 characters each.';

CREATE INDEX idx_study_materials_user_id ON study_materials (user_id);
CREATE INDEX idx_study_materials_status ON study_materials (status);
CREATE INDEX idx_study_materials_created_at ON study_materials (created_at);
CREATE INDEX idx_study_materials_subject_area ON study_materials (subject_area);
CREATE INDEX idx_study_materials_tags ON study_materials USING gin (tags);
CREATE INDEX idx_study_materials_deleted_at ON study_materials (deleted_at);
CREATE INDEX study_materials_metadata_idx ON study_materials USING gin (metadata jsonb_path_ops);

-- Serves the list of labels nobody described: from each to the next.
CREATE INDEX study_materials_difficulty_level_idx ON study_materials (difficulty_level);

-- No stemming: a user's materials come in any language. A tsvector ends at 1 MB (54000): the first
-- 200,000 characters, up to four bytes each, always fit, and later words find nothing.
CREATE INDEX study_materials_words_idx ON study_materials
USING gin (to_tsvector('simple', title || ' ' || left(coalesce(description, ''), 200000)));

CREATE TRIGGER update_study_materials_updated_at
BEFORE UPDATE ON study_materials
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE study_materials ENABLE ROW LEVEL SECURITY;

-- What policies of a material's parts ask. Its owner's rights decide, so that the materials are not
-- asked for under their own policy again.
CREATE VIEW my_materials WITH (security_barrier) AS
SELECT m.id
FROM study_materials AS m
WHERE m.user_id = (SELECT me.id FROM my_account AS me);

COMMENT ON VIEW my_materials IS
'The caller''s own materials, marked as deleted or not: what the policy of study_materials shows.';
COMMENT ON COLUMN my_materials.id IS 'study_materials.id.';

SELECT core.grant_to_own('SELECT ON my_materials', 'people');

CREATE POLICY people_manage_own_materials ON study_materials
FOR ALL TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me))
WITH CHECK (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON study_materials
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON study_materials
FOR SELECT TO slate_readers
USING (true);

-- No DELETE for anybody: a material is marked, and goes when its user is purged.
-- No id: whoever could choose one could ask which are taken.
GRANT SELECT, INSERT (
    user_id, title, description, source_url, source_type, metadata, status, created_at, updated_at,
    deleted_at, content_length, difficulty_level, subject_area, tags
), UPDATE (
    user_id, title, description, source_url, source_type, metadata, status, created_at, updated_at,
    deleted_at, content_length, difficulty_level, subject_area, tags
) ON study_materials TO authenticated_users;
GRANT SELECT, INSERT, UPDATE ON study_materials TO slate_services;
GRANT SELECT ON study_materials TO slate_readers;
