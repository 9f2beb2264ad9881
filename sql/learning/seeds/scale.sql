-- Any amount of data, the same on every server: 1,000 learners with 4 materials each, 3 chunks and 3 assets a material,
-- and per learner and unit of scale 10 sessions of 10 interactions over the school year 2025/26, each session with two
-- metrics and every fifth with feedback. Scale 1 is 100,000 interactions; a greater scale later adds the difference.
--   SET LOCAL slate.scale = 4;
-- Chance is hashint8extended(number, stream): no random(), no clock. Ids that begin with a5ca1e are no other seed's.

SELECT create_month_partitions(t.name::regclass, 11, 0, '2025-09-15')
FROM (VALUES ('interactions'), ('progress_metrics')) AS t (name);

INSERT INTO users (id, email, username, password_hash, first_name, last_name, created_at)
SELECT
    ('a5ca1e01-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    'learner' || n || '@scale.example',
    'learner' || n,
    '$2b$12$' || repeat('.', 53),
    'Learner',
    'Number ' || n,
    '2025-08-25 08:00Z'
FROM generate_series(1, 1000) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO study_materials (
    id, user_id, title, description, source_type, metadata, status, created_at, content_length, subject_area, tags
)
SELECT
    ('a5ca1e02-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('a5ca1e01-0000-4000-8000-' || lpad((1 + n / 4)::text, 12, '0'))::uuid,
    s.name || ', part ' || 1 + n / 4,
    'Notes on ' || lower(s.name),
    (ARRAY['upload', 'url', 'text'])[1 + n % 3],
    jsonb_build_object('course', upper(left(s.name, 3)) || '-' || 100 + n % 7),
    'ready',
    '2025-08-25 09:00Z',
    3000 + n % 9000,
    s.name,
    ARRAY[lower(s.name)]
FROM generate_series(0, 3999) AS n
CROSS JOIN LATERAL (SELECT (ARRAY['Biology', 'Mathematics', 'History', 'Physics'])[1 + n % 4] AS name) AS s
ON CONFLICT (id) DO NOTHING;

INSERT INTO content_chunks (
    id, study_material_id, chunk_order, content, chunk_type, word_count, language, relevance_score, created_at
)
SELECT
    ('a5ca1e03-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((n / 3)::text, 12, '0'))::uuid,
    1 + n % 3,
    repeat('What is worth knowing about this. ', 8),
    'paragraph',
    48,
    'en',
    (abs(hashint8extended(n, 3)) % 1000) / 1000.0,
    '2025-08-25 09:10Z'
FROM generate_series(0, 11999) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO generated_assets (
    id, study_material_id, content_chunk_id, asset_type, content, generation_model, quality_score, difficulty_level,
    created_at
)
SELECT
    ('a5ca1e04-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((n / 3)::text, 12, '0'))::uuid,
    ('a5ca1e03-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    (ARRAY['quiz', 'flashcard', 'quiz'])[1 + n % 3],
    jsonb_build_object('question', 'Question ' || n, 'answer', n % 4),
    (ARRAY['tutor-large-2', 'tutor-small-1'])[1 + n % 2],
    (abs(hashint8extended(n, 4)) % 1000) / 1000.0,
    1 + abs(hashint8extended(n, 5)) % 10,
    '2025-08-25 09:20Z'
FROM generate_series(0, 11999) AS n
ON CONFLICT (id) DO NOTHING;

-- Session n belongs to learner n mod 1000; the year is walked through in 10 steps of 36 days each unit.
INSERT INTO learning_sessions (
    id, user_id, study_material_id, started_at, ended_at, session_type, completion_percentage, status
)
SELECT
    ('a5ca1e05-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('a5ca1e01-0000-4000-8000-' || lpad((1 + n % 1000)::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((n % 1000 * 4 + n / 1000 % 4)::text, 12, '0'))::uuid,
    t.started_at,
    t.started_at + interval '20 minutes',
    (ARRAY['quiz', 'review', 'study'])[1 + n % 3],
    abs(hashint8extended(n, 6)) % 101,
    'completed'
FROM generate_series(0, 10000 * coalesce(nullif(current_setting('slate.scale', true), ''), '1')::integer - 1) AS n
CROSS JOIN LATERAL (
    SELECT timestamptz '2025-09-01 07:00Z'
        + (n / 1000 % 10 * 36 + abs(hashint8extended(n, 7)) % 36) * interval '1 day'
        + abs(hashint8extended(n, 8)) % 600 * interval '1 minute' AS started_at
) AS t
ON CONFLICT (id) DO NOTHING;

-- A session that counts interactions has had them; one without is new.
INSERT INTO interactions (
    id, learning_session_id, generated_asset_id, user_id, interaction_type, interaction_data, created_at,
    is_correct, response_time_ms, confidence_level
)
SELECT
    ('a5ca1e06-0000-4000-8' || lpad(k::text, 3, '0') || '-' || right(s.id::text, 12))::uuid,
    s.id,
    ('a5ca1e04-0000-4000-8000-' || lpad((right(s.study_material_id::text, 12)::integer * 3 + k % 3)::text, 12, '0'))::uuid,
    s.user_id,
    c.interaction_type,
    jsonb_build_object('step', k, 'choice', c.chance % 4),
    s.started_at + k * interval '2 minutes',
    CASE c.interaction_type WHEN 'answer' THEN c.chance % 100 < 68 END,
    CASE c.interaction_type WHEN 'answer' THEN 800 + c.chance % 9000 END,
    CASE c.interaction_type WHEN 'answer' THEN c.chance % 100 / 100.0 END
FROM learning_sessions AS s
CROSS JOIN generate_series(0, 9) AS k
CROSS JOIN LATERAL (
    SELECT
        h.chance,
        CASE WHEN h.chance % 10 = 0 THEN 'skip' WHEN h.chance % 10 < 3 THEN 'view' ELSE 'answer' END AS interaction_type
    FROM (SELECT abs(hashint8extended(right(s.id::text, 12)::bigint * 10 + k, 9)) AS chance) AS h
) AS c
WHERE s.id BETWEEN 'a5ca1e05-0000-4000-8000-000000000000' AND 'a5ca1e05-ffff-ffff-ffff-ffffffffffff'
    AND s.total_interactions = 0;

INSERT INTO progress_metrics (
    id, user_id, learning_session_id, metric_type, metric_value, recorded_at, subject_area, aggregation_type
)
SELECT v.id, s.user_id, s.id, v.metric_type, v.metric_value, s.ended_at, m.subject_area, 'session'
FROM learning_sessions AS s
INNER JOIN study_materials AS m ON m.id = s.study_material_id
CROSS JOIN LATERAL (
    SELECT right(s.id::text, 12) AS number, abs(hashint8extended(right(s.id::text, 12)::bigint, 10)) AS chance
) AS c
CROSS JOIN LATERAL (
    VALUES
    (('a5ca1e07-0000-4000-8001-' || c.number)::uuid, 'accuracy', 0.4 + c.chance % 60 / 100.0),
    (('a5ca1e07-0000-4000-8002-' || c.number)::uuid, 'speed', 900 + c.chance % 6000)
) AS v (id, metric_type, metric_value)
WHERE s.id BETWEEN 'a5ca1e05-0000-4000-8000-000000000000' AND 'a5ca1e05-ffff-ffff-ffff-ffffffffffff'
    AND NOT EXISTS (SELECT 1 FROM progress_metric_keys AS k WHERE k.id = v.id);

INSERT INTO user_feedback (id, user_id, generated_asset_id, feedback_type, rating, created_at)
SELECT
    ('a5ca1e08-0000-4000-8000-' || right(s.id::text, 12))::uuid,
    s.user_id,
    ('a5ca1e04-0000-4000-8000-' || lpad((right(s.study_material_id::text, 12)::integer * 3)::text, 12, '0'))::uuid,
    'rating',
    1 + abs(hashint8extended(right(s.id::text, 12)::bigint, 11)) % 5,
    s.ended_at
FROM learning_sessions AS s
WHERE s.id BETWEEN 'a5ca1e05-0000-4000-8000-000000000000' AND 'a5ca1e05-ffff-ffff-ffff-ffffffffffff'
    AND right(s.id::text, 12)::bigint % 5 = 0
ON CONFLICT (id) DO NOTHING;

REFRESH MATERIALIZED VIEW progress_by_period;
REFRESH MATERIALIZED VIEW asset_quality;
