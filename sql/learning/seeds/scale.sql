-- Any amount of data. The file is one slice, a cohort: 200 learners with 600 materials who study
-- for 34 school weeks, and 20 who signed up and never came back. It is run once for each slice 1,
-- 2, …, each time in a transaction with
--   SET LOCAL slate.slice = '1';
-- About 50,000 rows: 18,000 interactions, 10,300 feedback, 10,300 metrics, 3,600 sessions, 2,600
-- audit entries.
--
-- Numbers:  row j of slice k has the id a5ca1e<table>-0000-4000-8000-<k * 1,000,000 + j>, the last
--           part twelve digits wide.
-- Chance:   hashint8extended(that number, stream); no random(). Only the times depend on the day
--           of loading.
-- Calendar: the 40 whole weeks before this one (UTC), since interactions are kept for a year and
--           "the last twelve weeks" must not be empty: Monday to Friday, 8 to 19 o'clock, six of
--           the weeks are holidays.
-- Activity: learner of material m is (2m + 1)² / 7200, so learner 0 has 42 materials and learner
--           199 has two; each material is studied six times. Learner 0 has 252 sessions, half of
--           the learners fewer than 15.
-- Learning: the share of right answers grows from about three to more than four fifths over the
--           year.

SELECT create_month_partitions(t.name::regclass, 0, 10)
FROM (VALUES ('interactions'), ('progress_metrics'), ('audit_logs')) AS t (name);

-- Nine of ten have logged in lately; every fiftieth is inactive, every hundredth has left.
INSERT INTO users (
    id, email, username, password_hash, first_name, last_name, preferences, created_at,
    last_login_at, is_active, deleted_at
)
SELECT
    ('a5ca1e01-0000-4000-8000-' || lpad((k * 1000000 + i)::text, 12, '0'))::uuid,
    'learner' || i || '@cohort' || k || '.example',
    'learner' || i || '.' || k,
    '$2b$12$.....................................................',
    (ARRAY['Ada', 'Ben', 'Chioma', 'Dario', 'Elif', 'Farid', 'Greta', 'Hana', 'Ivo', 'Jun',
        'Kofi'])[1 + i % 11],
    (ARRAY['Abe', 'Berg', 'Costa', 'Diallo', 'Evans', 'Gupta'])[1
        + abs(hashint8extended(k * 1000000 + i, 1)) % 6],
    CASE WHEN i % 3 = 0 THEN '{"theme": "dark"}'::jsonb END,
    date_trunc('week', now(), 'UTC') - interval '41 weeks' + i * interval '3 minutes',
    CASE WHEN i < 200
        THEN date_trunc('week', now(), 'UTC') - (1 + i % 10 / 9 * 9) * interval '3 days' END,
    i % 50 <> 49 AND i % 100 <> 77,
    CASE WHEN i % 100 = 77 THEN date_trunc('week', now(), 'UTC') END
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
CROSS JOIN generate_series(0, 219) AS i
ON CONFLICT (id) DO NOTHING;

-- Six subjects; every twentieth material has none. One in thirty was thrown away.
INSERT INTO study_materials (
    id, user_id, title, description, source_type, metadata, status, created_at, deleted_at,
    content_length, difficulty_level, subject_area, tags
)
SELECT
    ('a5ca1e02-0000-4000-8000-' || lpad((k * 1000000 + m)::text, 12, '0'))::uuid,
    ('a5ca1e01-0000-4000-8000-'
        || lpad((k * 1000000 + (2 * m + 1) * (2 * m + 1) / 7200)::text, 12, '0'))::uuid,
    s.name || ', part ' || 1 + m / 6,
    CASE WHEN m % 5 > 0 THEN 'Notes on ' || lower(s.name) || ', week ' || 1 + m % 34 END,
    (ARRAY['upload', 'url', 'text'])[1 + m % 3],
    jsonb_build_object('course', upper(left(s.name, 3)) || '-' || 101 + m / 6 % 7, 'cohort', k),
    CASE WHEN m % 60 = 59 THEN 'failed' ELSE 'ready' END,
    date_trunc('week', now(), 'UTC') - interval '40 weeks' + m * interval '1 minute',
    CASE WHEN m % 30 = 13 THEN date_trunc('week', now(), 'UTC') END,
    1500 + abs(hashint8extended(k * 1000000 + m, 2)) % 20000,
    CASE WHEN m % 4 > 0 THEN (ARRAY['beginner', 'intermediate', 'advanced'])[m % 4] END,
    CASE WHEN m % 20 < 19 THEN s.name END,
    ARRAY[lower(s.name), 'week-' || 1 + m % 34]
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
CROSS JOIN generate_series(0, 599) AS m
CROSS JOIN LATERAL (
    SELECT (
        ARRAY['Biology', 'Mathematics', 'History', 'Physics', 'English', 'Geography']
    )[1 + m % 6] AS name
) AS s
ON CONFLICT (id) DO NOTHING;

-- Notes have three chunks; every twenty-fifth material is a book with forty.
INSERT INTO content_chunks (
    id, study_material_id, chunk_order, content, chunk_type, word_count, language, summary,
    relevance_score, created_at
)
SELECT
    ('a5ca1e03-0000-4000-8000-' || lpad((k * 1000000 + m * 100 + c)::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((k * 1000000 + m)::text, 12, '0'))::uuid,
    c,
    repeat('What is worth knowing about this. ', (3 + h.chance % 12)::integer),
    CASE WHEN c = 1 THEN 'section' ELSE 'paragraph' END,
    6 * (3 + h.chance % 12),
    CASE WHEN m % 12 = 4 THEN 'en-GB' ELSE 'en' END,
    CASE WHEN c = 1 THEN 'What is worth knowing, in short.' END,
    h.chance % 1000 / 1000.0,
    date_trunc('week', now(), 'UTC') - interval '40 weeks' + m * interval '1 minute'
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
CROSS JOIN generate_series(0, 599) AS m
CROSS JOIN LATERAL generate_series(1, CASE WHEN m % 25 = 0 THEN 40 ELSE 3 END) AS c
CROSS JOIN LATERAL (SELECT abs(hashint8extended(k * 1000000 + m * 100 + c, 3)) AS chance) AS h
ON CONFLICT (id) DO NOTHING;

-- Two quizzes and a card on the first three chunks, and a summary of the whole. Quality leans to
-- the good.
INSERT INTO generated_assets (
    id, study_material_id, content_chunk_id, asset_type, content, generation_model, status,
    quality_score, difficulty_level, generation_params, created_at
)
SELECT
    ('a5ca1e04-0000-4000-8000-' || lpad((k * 1000000 + m * 4 + a)::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((k * 1000000 + m)::text, 12, '0'))::uuid,
    CASE WHEN a < 3
        THEN (
            'a5ca1e03-0000-4000-8000-' || lpad((k * 1000000 + m * 100 + a + 1)::text, 12, '0')
        )::uuid END,
    (ARRAY['quiz', 'flashcard', 'quiz', 'summary'])[1 + a],
    jsonb_build_object('question', 'Question ' || m * 4 + a, 'answer', h.chance % 4),
    (ARRAY['tutor-large-2', 'tutor-small-1'])[1 + m % 2],
    CASE WHEN h.chance % 40 = 0 THEN 'retired' ELSE 'ready' END,
    CASE WHEN m % 10 > 0 THEN sqrt(h.chance % 1000 / 1000.0) END,
    1 + h.chance % 10,
    CASE WHEN m % 2 = 0 THEN '{"temperature": 0.3}'::jsonb END,
    date_trunc('week', now(), 'UTC') - interval '40 weeks' + m * interval '1 minute'
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
CROSS JOIN generate_series(0, 599) AS m
CROSS JOIN generate_series(0, 3) AS a
CROSS JOIN LATERAL (SELECT abs(hashint8extended(k * 1000000 + m * 4 + a, 4)) AS chance) AS h
ON CONFLICT (id) DO NOTHING;

-- In order of time; 2227 j mod 3600 deals the days out to the materials. One in twelve falls
-- silent, the last ten are under way. Half a year back the state of a session has been folded away.
INSERT INTO learning_sessions (
    id, user_id, study_material_id, started_at, ended_at, session_type, session_data,
    completion_percentage, status, configuration
)
SELECT
    ('a5ca1e05-0000-4000-8000-' || lpad((k * 1000000 + j)::text, 12, '0'))::uuid,
    ('a5ca1e01-0000-4000-8000-'
        || lpad((k * 1000000 + (2 * p.m + 1) * (2 * p.m + 1) / 7200)::text, 12, '0'))::uuid,
    ('a5ca1e02-0000-4000-8000-' || lpad((k * 1000000 + p.m)::text, 12, '0'))::uuid,
    t.started_at,
    CASE WHEN j < 3590
        THEN t.started_at + (180 + j % 7 * 90 + h.chance % 300) * interval '1 second' END,
    (ARRAY['study', 'quiz', 'review'])[1 + j / 7 % 3],
    CASE WHEN j > 1400 THEN jsonb_build_object('position', j % 7, 'streak', h.chance % 9) END,
    CASE WHEN j >= 3590 THEN 10 WHEN h.chance % 12 = 0 THEN 20 + h.chance % 50 ELSE 100 END,
    CASE WHEN j >= 3590 THEN 'active' WHEN h.chance % 12 = 0 THEN 'abandoned' ELSE 'completed' END,
    CASE WHEN j % 5 = 0 THEN '{"shuffle": true}'::jsonb END
FROM (
    SELECT
        current_setting('slate.slice')::bigint AS k,
        (
            SELECT array_agg(
                date_trunc('week', now(), 'UTC') + (d * 24 + 8) * interval '1 hour' ORDER BY d
            )
            FROM generate_series(-280, -1) AS d
            WHERE (d + 280) % 7 < 5 AND (d + 280) / 7 NOT IN (8, 16, 17, 24, 31, 32)
        ) AS school_days
) AS slice
CROSS JOIN generate_series(0, 3599) AS j
CROSS JOIN LATERAL (SELECT 2227 * j % 3600 / 6 AS m) AS p
CROSS JOIN LATERAL (SELECT abs(hashint8extended(k * 1000000 + j, 5)) AS chance) AS h
CROSS JOIN LATERAL (
    SELECT school_days[1 + j * 170 / 3600] + h.chance % 660 * interval '1 minute' AS started_at
) AS t
ON CONFLICT (id) DO NOTHING;

-- Two to eight a session: first a look at the summary, then answers, and in one session of nine a
-- skip at the end. (step + chance) mod answers takes each value once, so exactly "rights" answers
-- are right; times grow with the step.
INSERT INTO interactions (
    id, learning_session_id, generated_asset_id, user_id, interaction_type, interaction_data,
    created_at, is_correct, response_time_ms, confidence_level, feedback_data
)
WITH sittings AS MATERIALIZED (
    SELECT
        s.id, s.user_id, s.started_at, n.j, n.k, n.first_asset, c.chance, a.answers,
        (a.answers * (40 + 25 * n.j / 3600 + c.chance % 40) + 50) / 100 AS rights,
        CASE WHEN c.chance % 50 > 0 THEN (1400 + c.chance % 6007)::integer END AS base_ms
    FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
    INNER JOIN learning_sessions AS s
        ON s.id >= ('a5ca1e05-0000-4000-8000-' || lpad((slice.k * 1000000)::text, 12, '0'))::uuid
        AND s.id < (
            'a5ca1e05-0000-4000-8000-' || lpad(((slice.k + 1) * 1000000)::text, 12, '0')
        )::uuid
    CROSS JOIN LATERAL (
        SELECT
            slice.k,
            right(s.id::text, 6)::integer AS j,
            slice.k * 1000000 + right(s.study_material_id::text, 6)::bigint * 4 AS first_asset
    ) AS n
    CROSS JOIN LATERAL (SELECT abs(hashint8extended(n.k * 1000000 + n.j, 6)) AS chance) AS c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n.j % 9 = 4 AND n.j % 7 > 0 THEN n.j % 7 ELSE 1 + n.j % 7 END AS answers
    ) AS a
)

SELECT
    ('a5ca1e06-0000-4000-8000-' || lpad((s.k * 1000000 + s.j * 10 + step)::text, 12, '0'))::uuid,
    s.id,
    CASE WHEN step > 0 OR s.j % 4 > 0
        THEN (
            'a5ca1e04-0000-4000-8000-' || lpad((s.first_asset + t.asset)::text, 12, '0')
        )::uuid END,
    s.user_id,
    t.interaction_type,
    jsonb_build_object('step', step, 'choice', (s.chance + step) % 4),
    s.started_at + step * interval '90 seconds',
    CASE t.interaction_type WHEN 'answer' THEN t.is_correct END,
    CASE t.interaction_type WHEN 'answer' THEN s.base_ms + 150 * step END,
    CASE WHEN t.interaction_type = 'answer' AND s.j % 10 > 2
        THEN (s.chance + 7 * step) % 101 / 100.0 END,
    CASE WHEN t.interaction_type = 'answer' AND NOT t.is_correct
        THEN '{"shown": "explanation"}'::jsonb END
FROM sittings AS s
CROSS JOIN LATERAL generate_series(0, 1 + s.j % 7) AS step
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN step = 0 THEN 3 ELSE (step + s.j) % 3 END AS asset,
        CASE WHEN step = 0 THEN 'view' WHEN step > s.answers THEN 'skip'
            ELSE 'answer' END AS interaction_type,
        (step + s.chance) % s.answers < s.rights AS is_correct
) AS t
-- No ON CONFLICT on a table cut by month: the slice is there when its first row is.
WHERE NOT EXISTS (
    SELECT FROM interaction_keys AS i
    WHERE i.id = (
        'a5ca1e06-0000-4000-8000-' || lpad(current_setting('slate.slice') || '000000', 12, '0')
    )::uuid
);

-- What record_session_metrics() would write of each ended session, and an average a week and
-- learner of these.
INSERT INTO progress_metrics (
    id, user_id, learning_session_id, metric_type, metric_value, metric_data, recorded_at,
    time_period, subject_area, aggregation_type
)
WITH sittings AS MATERIALIZED (
    SELECT
        s.id, s.user_id, s.session_type, s.ended_at, m.subject_area, n.j, n.k, a.answers,
        (a.answers * (40 + 25 * n.j / 3600 + c.chance % 40) + 50) / 100 / a.answers::numeric
            AS share_right,
        CASE WHEN c.chance % 50 > 0
            THEN 1400 + c.chance % 6007 + 75 * (a.answers + 1) END AS mean_ms
    FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
    INNER JOIN learning_sessions AS s
        ON s.id >= ('a5ca1e05-0000-4000-8000-' || lpad((slice.k * 1000000)::text, 12, '0'))::uuid
        AND s.id < (
            'a5ca1e05-0000-4000-8000-' || lpad(((slice.k + 1) * 1000000)::text, 12, '0')
        )::uuid
    INNER JOIN study_materials AS m
        ON m.id = s.study_material_id
        AND m.id >= ('a5ca1e02-0000-4000-8000-' || lpad((slice.k * 1000000)::text, 12, '0'))::uuid
        AND m.id < (
            'a5ca1e02-0000-4000-8000-' || lpad(((slice.k + 1) * 1000000)::text, 12, '0')
        )::uuid
    CROSS JOIN LATERAL (SELECT slice.k, right(s.id::text, 6)::integer AS j) AS n
    CROSS JOIN LATERAL (SELECT abs(hashint8extended(n.k * 1000000 + n.j, 6)) AS chance) AS c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n.j % 9 = 4 AND n.j % 7 > 0 THEN n.j % 7 ELSE 1 + n.j % 7 END AS answers
    ) AS a
    WHERE s.ended_at IS NOT NULL
),

measured AS (
    SELECT
        s.k * 1000000 + s.j * 10 + v.n AS number,
        s.user_id, s.id AS learning_session_id, v.metric_type, v.metric_value,
        jsonb_build_object(
            'session_type', s.session_type, 'answers', s.answers,
            'timed', CASE WHEN s.mean_ms IS NULL THEN 0 ELSE s.answers END
        ) AS metric_data,
        s.ended_at AS recorded_at, NULL AS time_period, s.subject_area,
            'session' AS aggregation_type
    FROM sittings AS s
    CROSS JOIN LATERAL (
        VALUES
        (1, 'accuracy', s.share_right),
        (2, 'speed', s.mean_ms),
        (3, 'retention', CASE s.session_type WHEN 'review' THEN s.share_right END)
    ) AS v (n, metric_type, metric_value)
    WHERE v.metric_value IS NOT NULL
    UNION ALL
    SELECT
        min(s.k * 1000000 + s.j * 10 + 4), s.user_id, NULL, 'accuracy', avg(s.share_right), NULL,
        date_trunc('week', s.ended_at, 'UTC') + interval '6 days 20 hours', 'weekly', NULL, 'mean'
    FROM sittings AS s
    GROUP BY s.user_id, date_trunc('week', s.ended_at, 'UTC')
)

SELECT
    ('a5ca1e07-0000-4000-8000-' || lpad(m.number::text, 12, '0'))::uuid,
    m.user_id, m.learning_session_id, m.metric_type, m.metric_value, m.metric_data, m.recorded_at,
    m.time_period,
    m.subject_area, m.aggregation_type
FROM measured AS m
WHERE NOT EXISTS (
    SELECT FROM progress_metric_keys AS i
    WHERE i.id = (
        'a5ca1e07-0000-4000-8000-' || lpad(current_setting('slate.slice') || '000001', 12, '0')
    )::uuid
);

-- Stars after every second answer: mostly four and five. Every twelfth says something, every
-- fortieth reports; one in five is about the interaction and not only about the asset.
INSERT INTO user_feedback (
    id, user_id, generated_asset_id, interaction_id, feedback_type, rating, comment, created_at,
    status
)
SELECT
    ('a5ca1e08-0000-4000-8000-' || lpad(n.number::text, 12, '0'))::uuid,
    s.user_id,
    ('a5ca1e04-0000-4000-8000-' || lpad((n.first_asset + (step + n.j) % 3)::text, 12, '0'))::uuid,
    CASE WHEN n.j % 5 = 0
        THEN ('a5ca1e06-0000-4000-8000-' || lpad(n.number::text, 12, '0'))::uuid END,
    CASE WHEN c.chance % 40 = 0 THEN 'report' WHEN c.chance % 12 = 0 THEN 'comment'
        ELSE 'rating' END,
    CASE
        WHEN c.chance % 12 > 0 OR c.chance % 40 = 0
            THEN (ARRAY[5, 4, 5, 4, 3, 5, 4, 2, 5, 1])[1 + c.chance / 40 % 10]
    END,
    CASE WHEN c.chance % 40 = 0 THEN 'This is not in my notes.' WHEN c.chance % 12 = 0
        THEN 'More like this.' END,
    s.started_at + step * interval '90 seconds' + interval '20 seconds',
    CASE WHEN c.chance % 80 = 0 THEN 'resolved' ELSE 'active' END
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
INNER JOIN learning_sessions AS s
    ON s.id >= ('a5ca1e05-0000-4000-8000-' || lpad((slice.k * 1000000)::text, 12, '0'))::uuid
    AND s.id < ('a5ca1e05-0000-4000-8000-' || lpad(((slice.k + 1) * 1000000)::text, 12, '0'))::uuid
CROSS JOIN LATERAL generate_series(1, 1 + right(s.id::text, 6)::integer % 7) AS step
CROSS JOIN LATERAL (
    SELECT
        right(s.id::text, 6)::integer AS j,
        slice.k * 1000000 + right(s.id::text, 6)::integer * 10 + step AS number,
        slice.k * 1000000 + right(s.study_material_id::text, 6)::bigint * 4 AS first_asset
) AS n
CROSS JOIN LATERAL (SELECT abs(hashint8extended(n.number, 7)) AS chance) AS c
WHERE step % 2 = 1 OR step = 4
ON CONFLICT (id) DO NOTHING;

-- A login before every second session; one in 25 with a wrong password.
INSERT INTO audit_logs (
    id, user_id, action, entity_type, entity_id, ip_address, user_agent, created_at, session_id,
    is_success, error_message
)
SELECT
    ('a5ca1e09-0000-4000-8000-' || right(s.id::text, 12))::uuid,
    CASE WHEN l.is_success THEN s.user_id END,
    'login', 'users', s.user_id,
    '10.0.0.0'::inet + right(s.user_id::text, 12)::bigint % 16000000,
    'Mozilla/5.0',
    s.started_at - interval '1 minute',
    CASE WHEN l.is_success THEN 'web-' || right(s.id::text, 12) END,
    l.is_success,
    CASE WHEN NOT l.is_success THEN 'wrong password' END
FROM (SELECT current_setting('slate.slice')::bigint AS k) AS slice
INNER JOIN learning_sessions AS s
    ON s.id >= ('a5ca1e05-0000-4000-8000-' || lpad((slice.k * 1000000)::text, 12, '0'))::uuid
    AND s.id < ('a5ca1e05-0000-4000-8000-' || lpad(((slice.k + 1) * 1000000)::text, 12, '0'))::uuid
CROSS JOIN LATERAL (SELECT right(s.id::text, 6)::integer % 50 <> 0 AS is_success) AS l
WHERE right(s.id::text, 1)::integer % 2 = 0 AND NOT EXISTS (
    SELECT FROM audit_log_keys AS i
    WHERE i.id = (
        'a5ca1e09-0000-4000-8000-' || lpad(current_setting('slate.slice') || '000000', 12, '0')
    )::uuid
);

-- The summaries are as fresh as their last refresh; each time the data have grown fourfold costs
-- little in all.
DO $$
BEGIN
    IF current_setting('slate.slice')::integer IN (1, 4, 16, 64, 256) THEN
        REFRESH MATERIALIZED VIEW progress_by_period;
        REFRESH MATERIALIZED VIEW asset_quality;
    END IF;
END;
$$;
