-- depends: learning_0003_create_study_materials
-- Why:  a material cut into pieces that can be studied and asked about one by one.
-- Lock: brief on study_materials (new foreign key). Rollback loses: every chunk.

CREATE TABLE content_chunks (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    study_material_id uuid NOT NULL,
    chunk_order integer NOT NULL,
    content text NOT NULL,
    chunk_type varchar(50) NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    word_count integer,
    language varchar(10),
    summary text,
    relevance_score double precision,

    CONSTRAINT content_chunks_pkey PRIMARY KEY (id),
    -- Deferrable, so that two chunks can change places: in one statement as it is, in several
    -- after SET CONSTRAINTS. It is the documented index of the same name.
    CONSTRAINT idx_content_chunks_chunk_order UNIQUE (study_material_id, chunk_order)
        DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT content_chunks_study_material_id_fkey FOREIGN KEY (study_material_id)
        REFERENCES study_materials (id),
    CONSTRAINT content_chunks_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT content_chunks_word_count_check CHECK (word_count >= 0),
    CONSTRAINT content_chunks_relevance_score_check CHECK (relevance_score BETWEEN 0 AND 1),
    CONSTRAINT content_chunks_times_finite_check CHECK (
        isfinite(created_at)
        AND isfinite(updated_at)
    )
);

COMMENT ON TABLE content_chunks IS 'Pieces of a material, in reading order.';
COMMENT ON COLUMN content_chunks.id IS 'Key of the chunk.';
COMMENT ON COLUMN content_chunks.study_material_id IS 'The material it is a piece of.';
COMMENT ON COLUMN content_chunks.content IS 'The text of the piece.';
COMMENT ON COLUMN content_chunks.created_at IS 'When it was cut.';
COMMENT ON COLUMN content_chunks.updated_at IS 'Time of the last change, kept by the database.';
COMMENT ON COLUMN content_chunks.chunk_order IS
'Position within the material, ascending from 0 or 1; no two chunks share one.';
COMMENT ON COLUMN content_chunks.chunk_type IS
'paragraph, section or another; an open list, see open_labels.';
COMMENT ON COLUMN content_chunks.metadata IS 'Additional facts, a JSON object.';
COMMENT ON COLUMN content_chunks.word_count IS 'Words in content, 0 and up.';
COMMENT ON COLUMN content_chunks.language IS 'Language code, as en or pt-BR.';
COMMENT ON COLUMN content_chunks.summary IS 'Written by a model.';
COMMENT ON COLUMN content_chunks.relevance_score IS 'Given by a model, 0 to 1.';

-- The documented index on the material alone. The id behind it makes it the key that assets refer
-- to, so that an asset's chunk and an asset's material cannot disagree.
CREATE UNIQUE INDEX idx_content_chunks_study_material_id ON content_chunks (study_material_id, id);
CREATE INDEX idx_content_chunks_chunk_type ON content_chunks (chunk_type);
CREATE INDEX idx_content_chunks_relevance_score ON content_chunks (relevance_score);
CREATE INDEX idx_content_chunks_language ON content_chunks (language);
CREATE INDEX content_chunks_metadata_idx ON content_chunks USING gin (metadata jsonb_path_ops);

CREATE TRIGGER update_content_chunks_updated_at
BEFORE UPDATE ON content_chunks
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE content_chunks ENABLE ROW LEVEL SECURITY;

-- An array: read once a query, and rows are found by index. A function that returned it would cost
-- more.
CREATE POLICY people_manage_chunks_of_own_materials ON content_chunks
FOR ALL TO authenticated_users
USING (study_material_id = ANY ((SELECT array_agg(mine.id) FROM my_materials AS mine)::uuid[]))
WITH CHECK (
    study_material_id = ANY ((SELECT array_agg(mine.id) FROM my_materials AS mine)::uuid[])
);

CREATE POLICY service_manages_all ON content_chunks
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON content_chunks
FOR SELECT TO slate_readers
USING (true);

-- No id: whoever could choose one could ask which are taken.
GRANT SELECT, DELETE, INSERT (
    study_material_id, chunk_order, content, chunk_type, metadata, created_at, updated_at,
    word_count, language, summary, relevance_score
), UPDATE (
    study_material_id, chunk_order, content, chunk_type, metadata, created_at, updated_at,
    word_count, language, summary, relevance_score
) ON content_chunks TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON content_chunks TO slate_services;
GRANT SELECT ON content_chunks TO slate_readers;
