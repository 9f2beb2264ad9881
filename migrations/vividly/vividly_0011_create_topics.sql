-- depends: vividly_0010_create_class_students
-- Why:  what can be taught, as a tree. The path makes a whole branch one range of one index.
-- Lock: none, only new objects. Rollback loses: every topic.

CREATE TABLE topic_subjects (
    name varchar(50) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT topic_subjects_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE topic_subjects IS
'The subjects in use (physics, mathematics, …). Open: a topic with a new subject adds it.';

CREATE TABLE topics (
    id varchar(100) NOT NULL,
    parent_id varchar(100),
    path varchar(500),
    depth integer NOT NULL DEFAULT 0,
    title varchar(255) NOT NULL,
    description text,
    subject varchar(50) NOT NULL,
    grade_level_min integer,
    grade_level_max integer,
    display_order integer NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT topics_pkey PRIMARY KEY (id),
    CONSTRAINT topics_parent_id_fkey FOREIGN KEY (parent_id)
        REFERENCES topics (id) ON DELETE RESTRICT,
    CONSTRAINT topics_subject_fkey FOREIGN KEY (subject)
        REFERENCES topic_subjects (name) ON UPDATE CASCADE,
    CONSTRAINT topics_path_check CHECK (path ~ '^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$'),
    CONSTRAINT topics_depth_check CHECK (depth >= 0),
    CONSTRAINT topics_grade_levels_check CHECK (
        grade_level_min BETWEEN 0 AND 12
        AND grade_level_max BETWEEN 0 AND 12
        AND grade_level_min <= grade_level_max
    ),
    -- What is searched must fit into a tsvector, which ends at 1 MB.
    CONSTRAINT topics_description_check CHECK (length(description) <= 200000),
    CONSTRAINT topics_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT topics_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at)
    )
);

COMMENT ON TABLE topics IS 'The tree of STEM topics.';
COMMENT ON COLUMN topics.id IS 'A speaking key such as topic_phys_newton_3.';
COMMENT ON COLUMN topics.path IS
'Labels from the root, with dots: physics.mechanics.newtons_laws.third_law. Extends the parent''s '
'by one label and follows it when it moves; NULL where no branch is searched.';
COMMENT ON COLUMN topics.depth IS
'Labels in path less one, 0 for a root. Derived; whatever is written is replaced.';
COMMENT ON COLUMN topics.grade_level_min IS '0 (kindergarten) to 12, inclusive.';
COMMENT ON COLUMN topics.grade_level_max IS '0 (kindergarten) to 12, inclusive.';
COMMENT ON COLUMN topics.display_order IS 'Among the children of one parent, ascending from 0.';
COMMENT ON COLUMN topics.metadata IS 'Free: difficulty, prerequisites and the like.';

-- Without "is_active = true", so that the foreign keys use them too.
CREATE INDEX idx_topics_subject ON topics (subject);
CREATE INDEX idx_topics_parent ON topics (parent_id);
-- As documented. The parser takes a path for a host name, one word: only whole paths are found
-- here.
CREATE INDEX idx_topics_path ON topics USING gin (to_tsvector('english', path));
-- coalesce: without it a topic without description has no words at all.
CREATE INDEX idx_topics_search ON topics
USING gin (to_tsvector('english', title || ' ' || coalesce(description, '')));
-- Branches are ranges of this one, bytewise and so in any collation: see topics_under().
CREATE UNIQUE INDEX topics_path_key ON topics (path varchar_pattern_ops);

CREATE TRIGGER update_topics_updated_at
BEFORE UPDATE ON topics
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

SELECT core.grant_to_own('SELECT ON topic_subjects, topics', 'people', 'reader');
SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON topic_subjects, topics', 'service');
