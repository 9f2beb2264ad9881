-- depends: learning_0004_create_content_chunks
-- Why:  quizzes, flashcards and summaries that a model made of a material or of one chunk of it.
-- Lock: brief on study_materials and content_chunks (new foreign keys). Rollback loses: every
--       asset.

CREATE TABLE generated_assets (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    study_material_id uuid NOT NULL,
    content_chunk_id uuid,
    asset_type varchar(50) NOT NULL,
    content jsonb NOT NULL,
    metadata jsonb,
    generation_model varchar(100) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    status varchar(20) NOT NULL DEFAULT 'ready',
    quality_score double precision,
    difficulty_level integer,
    generation_params jsonb,

    CONSTRAINT generated_assets_pkey PRIMARY KEY (id),
    CONSTRAINT generated_assets_study_material_id_fkey FOREIGN KEY (study_material_id)
        REFERENCES study_materials (id),
    -- Both columns: the chunk is one of this material. A material cut anew keeps its assets.
    CONSTRAINT generated_assets_content_chunk_id_fkey FOREIGN KEY
        (study_material_id, content_chunk_id)
        REFERENCES content_chunks (study_material_id, id) ON DELETE SET NULL (content_chunk_id),
    CONSTRAINT generated_assets_asset_type_check CHECK (
        asset_type IN ('quiz', 'flashcard', 'summary')
    ),
    CONSTRAINT generated_assets_content_check CHECK (jsonb_typeof(content) IN ('object', 'array')),
    CONSTRAINT generated_assets_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT generated_assets_generation_params_check CHECK (
        jsonb_typeof(generation_params) = 'object'
    ),
    CONSTRAINT generated_assets_quality_score_check CHECK (quality_score BETWEEN 0 AND 1),
    CONSTRAINT generated_assets_difficulty_level_check CHECK (difficulty_level BETWEEN 1 AND 10),
    CONSTRAINT generated_assets_times_finite_check CHECK (
        isfinite(created_at)
        AND isfinite(updated_at)
    )
);

COMMENT ON TABLE generated_assets IS
'Learning assets that a model made of a material or of one of its chunks.';
COMMENT ON COLUMN generated_assets.id IS 'Key of the asset.';
COMMENT ON COLUMN generated_assets.study_material_id IS 'The material it was made of.';
COMMENT ON COLUMN generated_assets.created_at IS 'When it was made.';
COMMENT ON COLUMN generated_assets.updated_at IS 'Time of the last change, kept by the database.';
COMMENT ON COLUMN generated_assets.content_chunk_id IS
'The chunk it was made of; NULL for the whole material, or when the chunk is gone.';
COMMENT ON COLUMN generated_assets.asset_type IS 'quiz, flashcard or summary.';
COMMENT ON COLUMN generated_assets.content IS
'What is shown, a JSON object or array; its shape follows asset_type.';
COMMENT ON COLUMN generated_assets.metadata IS 'Facts about the generation, a JSON object.';
COMMENT ON COLUMN generated_assets.generation_model IS 'Name of the model.';
COMMENT ON COLUMN generated_assets.status IS 'An open list, see open_labels.';
COMMENT ON COLUMN generated_assets.quality_score IS '0 to 1.';
COMMENT ON COLUMN generated_assets.difficulty_level IS '1 (easy) to 10 (hard).';
COMMENT ON COLUMN generated_assets.generation_params IS
'Parameters the model was called with, a JSON object.';

CREATE INDEX idx_generated_assets_study_material_id
ON generated_assets (study_material_id, content_chunk_id);
CREATE INDEX idx_generated_assets_content_chunk_id ON generated_assets (content_chunk_id);
CREATE INDEX idx_generated_assets_asset_type ON generated_assets (asset_type);
CREATE INDEX idx_generated_assets_status ON generated_assets (status);
CREATE INDEX idx_generated_assets_quality_score ON generated_assets (quality_score);
CREATE INDEX idx_generated_assets_difficulty_level ON generated_assets (difficulty_level);
CREATE INDEX idx_generated_assets_created_at ON generated_assets (created_at);
CREATE INDEX generated_assets_metadata_idx ON generated_assets USING gin (metadata jsonb_path_ops);

CREATE TRIGGER update_generated_assets_updated_at
BEFORE UPDATE ON generated_assets
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE generated_assets ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_manage_assets_of_own_materials ON generated_assets
FOR ALL TO authenticated_users
USING (study_material_id = ANY ((SELECT array_agg(mine.id) FROM my_materials AS mine)::uuid[]))
WITH CHECK (
    study_material_id = ANY ((SELECT array_agg(mine.id) FROM my_materials AS mine)::uuid[])
);

CREATE POLICY service_manages_all ON generated_assets
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON generated_assets
FOR SELECT TO slate_readers
USING (true);

-- No id: whoever could choose one could ask which are taken.
GRANT SELECT, DELETE, INSERT (
    study_material_id, content_chunk_id, asset_type, content, metadata, generation_model,
    created_at, updated_at, status, quality_score, difficulty_level, generation_params
), UPDATE (
    study_material_id, content_chunk_id, asset_type, content, metadata, generation_model,
    created_at, updated_at, status, quality_score, difficulty_level, generation_params
) ON generated_assets TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON generated_assets TO slate_services;
GRANT SELECT ON generated_assets TO slate_readers;
