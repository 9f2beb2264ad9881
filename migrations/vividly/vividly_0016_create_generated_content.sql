-- depends: vividly_0015_create_student_interests
-- Why:  a video is made once for a topic, an interest and a style, and shown to everybody who asks
--       for the same.
-- Lock: none, only new objects. Rollback loses: the whole cache; the files in the bucket stay.

CREATE TYPE content_type AS ENUM ('vivid_now', 'vivid_learning');

COMMENT ON TYPE content_type IS 'vivid_now is the quick answer, vivid_learning the full video.';

CREATE FUNCTION content_cache_key(p_topic_id text, p_interest_id text, p_style text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN encode(
        sha256(convert_to(concat_ws('|', p_topic_id, p_interest_id, p_style), 'UTF8')), 'hex'
    );
END;
$$;

COMMENT ON FUNCTION content_cache_key(text, text, text) IS
'SHA-256 of topic_id|interest_id|style as 64 lower-case hexadecimal digits.';

GRANT EXECUTE ON FUNCTION content_cache_key(text, text, text) TO slate_services, slate_readers;

CREATE TABLE generated_content (
    id varchar(50) NOT NULL,
    topic_id varchar(100) NOT NULL,
    interest_id varchar(50) NOT NULL,
    style varchar(50) NOT NULL DEFAULT 'conversational',
    cache_key varchar(255) NOT NULL,
    content_type content_type NOT NULL,
    script_url varchar(500),
    audio_url varchar(500),
    video_url varchar(500),
    thumbnail_url varchar(500),
    duration_seconds integer,
    file_size_bytes bigint,
    generation_metadata jsonb NOT NULL DEFAULT '{}',
    quality_score numeric(3, 2),
    manual_review_status varchar(50),
    view_count integer NOT NULL DEFAULT 0,
    completion_count integer NOT NULL DEFAULT 0,
    average_rating numeric(3, 2),
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    rating_count integer NOT NULL DEFAULT 0,
    rating_sum bigint NOT NULL DEFAULT 0,

    CONSTRAINT generated_content_pkey PRIMARY KEY (id),
    CONSTRAINT generated_content_topic_id_fkey FOREIGN KEY (topic_id)
        REFERENCES topics (id) ON DELETE RESTRICT,
    CONSTRAINT generated_content_interest_id_fkey FOREIGN KEY (interest_id)
        REFERENCES interests (id) ON DELETE RESTRICT,
    -- A separator inside a part would let two triples share a key.
    CONSTRAINT generated_content_no_separator_check CHECK (
        position('|' IN topic_id) = 0 AND position('|' IN interest_id) = 0
            AND position('|' IN style) = 0
    ),
    CONSTRAINT generated_content_duration_seconds_check CHECK (duration_seconds >= 0),
    CONSTRAINT generated_content_file_size_bytes_check CHECK (file_size_bytes >= 0),
    CONSTRAINT generated_content_generation_metadata_check CHECK (
        jsonb_typeof(generation_metadata) = 'object'
    ),
    CONSTRAINT generated_content_quality_score_check CHECK (quality_score BETWEEN 0 AND 1),
    CONSTRAINT generated_content_manual_review_status_check CHECK (
        manual_review_status IN ('pending', 'approved', 'flagged')
    ),
    CONSTRAINT generated_content_usage_check CHECK (
        view_count >= 0 AND completion_count >= 0 AND rating_count >= 0 AND rating_sum >= 0
    ),
    CONSTRAINT generated_content_average_rating_check CHECK (average_rating BETWEEN 1 AND 5),
    CONSTRAINT generated_content_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at)
    )
);

COMMENT ON TABLE generated_content IS
'The cache of made videos, shared by all. Kept for ever; holds nothing about a person.';
COMMENT ON COLUMN generated_content.style IS
'How it is told: conversational and others, an open list.';
COMMENT ON COLUMN generated_content.cache_key IS
'content_cache_key(topic_id, interest_id, style) of a vivid_learning; of another type followed by '
''':'' and the type. Derived; whatever is written is replaced.';
COMMENT ON COLUMN generated_content.script_url IS 'gs:// address; so are the other three.';
COMMENT ON COLUMN generated_content.generation_metadata IS
'Model versions, prompts. Not shown to people.';
COMMENT ON COLUMN generated_content.quality_score IS '0.00 (worst) to 1.00.';
COMMENT ON COLUMN generated_content.manual_review_status IS
'pending, approved or flagged; NULL for not reviewed.';
COMMENT ON COLUMN generated_content.view_count IS
'Sum of view_count over student_progress, at most 2147483647. Derived.';
COMMENT ON COLUMN generated_content.completion_count IS
'Completed rows in student_progress, 0 and up. Derived.';
COMMENT ON COLUMN generated_content.average_rating IS
'rating_sum / rating_count, 1.00 to 5.00; NULL unrated. Derived.';
COMMENT ON COLUMN generated_content.rating_count IS 'Ratings in feedback, 0 and up. Derived.';
COMMENT ON COLUMN generated_content.rating_sum IS
'Stars of these ratings together, 0 and up. Derived.';

-- Of cache_key alone, as documented: look-ups and ON CONFLICT (cache_key) go by it.
CREATE UNIQUE INDEX idx_generated_content_cache_key ON generated_content (cache_key);
-- The same rule in the columns themselves, which also holds for a type added later; serves lookups
-- by topic.
CREATE UNIQUE INDEX idx_generated_content_topic
ON generated_content (topic_id, interest_id, style, content_type);
CREATE INDEX idx_generated_content_popularity ON generated_content (view_count DESC);
CREATE INDEX idx_content_usage
ON generated_content (topic_id, view_count DESC, average_rating DESC);
CREATE INDEX generated_content_interest_id_idx ON generated_content (interest_id);

CREATE TRIGGER update_generated_content_updated_at
BEFORE UPDATE ON generated_content
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Not a generated column: convert_to() depends on a conversion that could be redefined, and is
-- refused there. SECURITY DEFINER: the key does not depend on who may compute it.
CREATE FUNCTION derive_cache_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- The documented key belongs to the video; other answers to the same triple say what they are.
    NEW.cache_key := content_cache_key(NEW.topic_id, NEW.interest_id, NEW.style)
        || CASE WHEN NEW.content_type = 'vivid_learning' THEN '' ELSE ':' || NEW.content_type END;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION derive_cache_key() IS
'BEFORE row trigger of generated_content: cache_key from its three parts and the type.';

CREATE TRIGGER generated_content_derives_its_key
BEFORE INSERT OR UPDATE OF topic_id, interest_id, style, content_type, cache_key
ON generated_content
FOR EACH ROW EXECUTE FUNCTION derive_cache_key();

-- No row security: nothing in it belongs to a person. No DELETE for the service: the cache is kept
-- for ever.
SELECT core.grant_to_own(
    'SELECT (id, topic_id, interest_id, style, cache_key, content_type, script_url, audio_url, '
    'video_url, thumbnail_url, duration_seconds, file_size_bytes, view_count, completion_count, '
    'average_rating, created_at, updated_at, rating_count) ON generated_content',
    'people'
);
SELECT core.grant_to_own('SELECT, INSERT, UPDATE ON generated_content', 'service');
SELECT core.grant_to_own('SELECT ON generated_content', 'reader');
