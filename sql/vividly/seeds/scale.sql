-- One slice is one high school, SET LOCAL slate.slice = 1 and up: 480 students and 20 teachers, 30
-- classes, 240 videos, 12,292 requests, 11,320 rows of progress, 10,669 presses of a button under a
-- video and 10,000 looks at a student's data, 47,466 rows in all. Ten schools make a district;
-- topics and interests are shared by all.
--
-- When: the 36 school weeks from 2025-08-18 to 2026-05-22, Monday to Friday, five weeks of holidays
-- between them, most of it in school hours and the rest at homework time. A quarter of the requests
-- lies in the eight weeks before the week of the load instead, since the service keeps requests in
-- sight for 90 days and the hit rate looks back 30; the others are soft-deleted as the job does it.
-- Chance is hashint8extended(number, stream): no random(). School k is school_scale_k, its people
-- user_scale_k_1 to _480 (students), _501 to _520 (teachers) and _600 (its head), its first class
-- class_scale_k_1. Student 1 is the busiest of each school. user_scale_admin and user_scale_ops are
-- Vividly's own.
--
-- generated_content's counts are written by the triggers, which stay on.

INSERT INTO organizations (
    id, name, org_type, parent_id, city, state, metadata, created_at, updated_at
)
SELECT
    o.id,
    o.name,
    o.org_type::organization_type,
    o.parent_id,
    'Springfield',
    'TN',
    o.metadata::jsonb,
    '2025-07-01 12:00Z',
    '2025-07-01 12:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN LATERAL (
    VALUES
    ('org_scale_vividly', 'Vividly Learning (scale)', 'district', NULL, '{"internal": true}'),
    ('org_scale_' || (s.k - 1) / 10, 'District ' || (s.k - 1) / 10, 'district', NULL,
        '{"contract_end": "2099-06-30"}'),
    ('school_scale_' || s.k, 'High School ' || s.k, 'school', 'org_scale_' || (s.k - 1) / 10, '{}')
) AS o (id, name, org_type, parent_id, metadata)
ON CONFLICT (id) DO NOTHING;

-- Six subjects, ten units each, six topics a unit.
INSERT INTO topics (
    id, parent_id, path, title, description, subject, grade_level_min, grade_level_max,
    display_order, metadata, created_at, updated_at
)
WITH subjects AS (
    SELECT
        a.n - 1 AS n,
        a.name
    FROM unnest(ARRAY[
        'physics', 'mathematics', 'chemistry', 'biology', 'earth_science', 'computer_science'
    ]) WITH ORDINALITY AS a (name, n)
),

units AS (
    SELECT
        s.n AS subject,
        s.name,
        u AS unit,
        'unit_' || u AS label
    FROM subjects AS s
    CROSS JOIN generate_series(0, 9) AS u
),

every AS (
    SELECT
        'topic_scale_root_' || s.n AS id,
        NULL::text AS parent_id,
        'scale_' || s.name AS path,
        initcap(replace(s.name, '_', ' ')) AS title,
        'All of ' || replace(s.name, '_', ' ') AS description,
        s.name AS subject,
        s.n::integer AS position
    FROM subjects AS s
    UNION ALL
    SELECT
        'topic_scale_unit_' || u.subject || '_' || u.unit,
        'topic_scale_root_' || u.subject,
        'scale_' || u.name || '.' || u.label,
        initcap(replace(u.name, '_', ' ')) || ', unit ' || 1 + u.unit,
        NULL,
        u.name,
        u.unit
    FROM units AS u
    UNION ALL
    -- The number is what a school's topics and videos are counted by.
    SELECT
        'topic_scale_' || 60 * u.subject + 6 * u.unit + l.n - 1,
        'topic_scale_unit_' || u.subject || '_' || u.unit,
        'scale_' || u.name || '.' || u.label || '.' || l.label,
        initcap(l.label) || ' of ' || replace(u.name, '_', ' ') || ' ' || 1 + u.unit,
        'The ' || l.label || ' of unit ' || 1 + u.unit || ', step by step',
        u.name,
        l.n::integer
    FROM units AS u
    CROSS JOIN unnest(ARRAY['ideas', 'laws', 'energy', 'experiments', 'problems', 'history'])
        WITH ORDINALITY AS l (label, n)
)

SELECT
    e.id,
    e.parent_id,
    e.path,
    e.title,
    e.description,
    e.subject,
    9,
    12,
    e.position,
    '{}',
    '2025-07-01 12:00Z',
    '2025-07-01 12:00Z'
FROM every AS e
WHERE NOT EXISTS (SELECT 1 FROM topics AS t WHERE t.id = 'topic_scale_359')
ON CONFLICT (id) DO NOTHING;

INSERT INTO interests (id, name, description, category, display_order, created_at, updated_at)
SELECT
    'int_scale_' || i.n - 1,
    i.name,
    'Learn through ' || lower(i.name),
    CASE WHEN i.n <= 12 THEN 'sports' WHEN i.n <= 22 THEN 'arts' ELSE 'technology' END,
    100 + i.n,
    '2025-07-01 12:00Z',
    '2025-07-01 12:00Z'
FROM unnest(ARRAY[
    'Baseball', 'Tennis', 'Swimming', 'Volleyball', 'Running', 'Climbing', 'Hockey', 'Golf',
        'Surfing', 'Cycling',
    'Martial Arts', 'Cheerleading', 'Painting', 'Photography', 'Theater', 'Singing', 'Guitar',
        'Drums', 'Comics',
    'Fashion', 'Cooking', 'Poetry', 'Drones', 'Space Travel', 'Cars', 'Animation', 'Phones',
        'Chess', 'Podcasts',
    'Gardening'
]) WITH ORDINALITY AS i (name, n)
WHERE NOT EXISTS (SELECT 1 FROM interests AS x WHERE x.id = 'int_scale_29')
ON CONFLICT DO NOTHING;

-- Vividly's own two are shared, the head of the district comes with its first school.
INSERT INTO users (
    id, email, password_hash, email_verified, first_name, last_name, role, org_id, last_login_at,
    created_at, updated_at
)
SELECT
    p.id,
    replace(p.id, '_', '.') || '@scale.example',
    '$2b$12$' || repeat('.', 53),
    true,
    p.first_name,
    p.last_name,
    p.role::user_role,
    p.org_id,
    '2026-05-22 15:00Z',
    '2025-07-01 12:00Z',
    '2025-07-01 12:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN LATERAL (
    SELECT
        'user_scale_' || s.k || '_' || 500 + t AS id,
        (ARRAY['Ada', 'Ben', 'Cleo', 'Dan', 'Edith'])[1 + t % 5] AS first_name,
        (ARRAY['Holt', 'Irving', 'Jones', 'Klein'])[1 + t % 4] AS last_name,
        'teacher' AS role,
        'school_scale_' || s.k AS org_id
    FROM generate_series(1, 20) AS t
    UNION ALL
    VALUES
    ('user_scale_admin', 'Ruth', 'Vogel', 'vividly_admin', 'org_scale_vividly'),
    ('user_scale_ops', 'Sam', 'Weiss', 'vividly_ops', 'org_scale_vividly'),
    ('user_scale_district_' || (s.k - 1) / 10, 'Tom', 'Young', 'district_admin',
        'org_scale_' || (s.k - 1) / 10),
    ('user_scale_' || s.k || '_600', 'Uma', 'Zeller', 'school_admin', 'school_scale_' || s.k)
) AS p
ON CONFLICT (id) DO NOTHING;

-- One in 160 left during the year; one in twelve never signed in.
INSERT INTO users (
    id, email, password_hash, email_verified, first_name, last_name, role, org_id, student_id,
    grade_level, is_active, last_login_at, created_at, updated_at, deleted_at
)
SELECT
    'user_scale_' || s.k || '_' || n,
    'student' || n || '.school' || s.k || '@scale.example',
    '$2b$12$' || repeat('.', 53),
    true,
    (ARRAY[
        'Ava', 'Will', 'Mia', 'Noah', 'Zoe', 'Liam', 'Ivy', 'Omar', 'Eve', 'Luis', 'Nora', 'Ian',
            'Ruby', 'Kai',
        'Lena', 'Max', 'Iris', 'Theo', 'Maya', 'Can', 'Elsa', 'Hugo', 'Aria', 'Finn'
    ])[1 + (h & 1023) % 24],
    (ARRAY[
        'Adams', 'Baker', 'Castro', 'Diaz', 'Evans', 'Fisher', 'Gupta', 'Hill', 'Ito', 'Jensen',
            'Khan', 'Lopez',
        'Moore', 'Nguyen', 'Ortiz', 'Patel', 'Quinn', 'Rossi', 'Smith', 'Tran', 'Usman', 'Vega',
            'Walsh', 'Yang'
    ])[1 + (h >> 10 & 1023) % 24],
    'student',
    'school_scale_' || s.k,
    'S' || 1000000 + 1000 * s.k + n,
    9 + (n - 1) / 120,
    n % 160 <> 0,
    CASE WHEN n % 12 <> 0
        THEN '2026-05-22 20:00Z'::timestamptz - interval '1 second' * ((h >> 20) % 4000000) END,
    '2025-08-01 12:00Z',
    '2025-08-01 12:00Z',
    CASE WHEN n % 160 = 0 THEN '2026-02-02 12:00Z'::timestamptz END
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN generate_series(1, 480) AS n
CROSS JOIN LATERAL (SELECT hashint8extended(1000::bigint * s.k + n, 1) & 9223372036854775807 AS h)
    AS c
ON CONFLICT (id) DO NOTHING;

-- Thirty classes of 32: the first fifteen by age, the others across; ten teachers have two.
INSERT INTO classes (
    id, name, subject, grade_level, school_year, teacher_id, school_id, invite_code, created_at,
    updated_at
)
SELECT
    'class_scale_' || s.k || '_' || c,
    CASE WHEN c <= 15 THEN 'Science, period ' || 1 + c % 6
        ELSE 'Mathematics, period ' || 1 + c % 6 END,
    CASE WHEN c <= 15 THEN 'science' ELSE 'mathematics' END,
    CASE WHEN c <= 15 THEN 9 + (c - 1) * 32 / 120 END,
    '2025-2026',
    'user_scale_' || s.k || '_' || 501 + (c - 1) % 20,
    'school_scale_' || s.k,
    'SCALE-' || s.k || '-' || c,
    '2025-08-10 12:00Z',
    '2025-08-10 12:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN generate_series(1, 30) AS c
ON CONFLICT (id) DO NOTHING;

-- One in forty dropped the class, never one of the first class.
INSERT INTO class_students (class_id, student_id, enrolled_at, dropped_at, created_at, updated_at)
SELECT
    'class_scale_' || s.k || '_' || CASE half WHEN 0 THEN 1 + (n - 1) / 32
        ELSE 16 + 7 * n % 480 / 32 END,
    'user_scale_' || s.k || '_' || n,
    '2025-08-15 12:00Z',
    CASE WHEN n > 32 AND (n + half) % 40 = 0 THEN '2025-10-31 12:00Z'::timestamptz END,
    '2025-08-15 12:00Z',
    '2025-08-15 12:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN generate_series(0, 1) AS half
CROSS JOIN generate_series(1, 480) AS n
ON CONFLICT (class_id, student_id) DO NOTHING;

-- One to five interests each, three on average.
INSERT INTO student_interests (student_id, interest_id, rank, created_at, updated_at)
SELECT
    'user_scale_' || s.k || '_' || n,
    'int_scale_' || (7 * n + 11 * r + s.k) % 30,
    r,
    '2025-08-20 15:00Z',
    '2025-08-20 15:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN generate_series(1, 480) AS n
CROSS JOIN LATERAL generate_series(1, 1 + n % 5) AS r
ON CONFLICT (student_id, interest_id) DO NOTHING;

-- The school's 60 topics are every sixth of the 360, each with two interests, quick and in full.
-- After 540 schools all that can be made is there, and the next schools find it in the cache.
INSERT INTO generated_content (
    id, topic_id, interest_id, style, content_type, script_url, audio_url, video_url, thumbnail_url,
    duration_seconds, file_size_bytes, generation_metadata, quality_score, manual_review_status,
    created_at
)
SELECT
    v.id,
    'topic_scale_' || v.topic,
    'int_scale_' || (v.number + 7 * v.topic) % 30,
    (ARRAY['conversational', 'story', 'quiz', 'documentary', 'comic', 'interview'])[1
        + v.number / 30],
    v.type::content_type,
    'gs://vividly-scale/' || v.id || '/script.json',
    'gs://vividly-scale/' || v.id || '/audio.mp3',
    CASE v.type WHEN 'vivid_learning' THEN 'gs://vividly-scale/' || v.id || '/video.mp4' END,
    CASE v.type WHEN 'vivid_learning' THEN 'gs://vividly-scale/' || v.id || '/thumb.jpg' END,
    30 + v.h % 20 + CASE v.type WHEN 'vivid_learning' THEN 120 + (v.h >> 5) % 100 ELSE 0 END,
    5000000 + v.h % 40000000,
    '{"model": "script-2", "voice": "ada"}',
    0.6 + (v.h >> 8) % 40 / 100.0,
    (ARRAY['approved', 'approved', 'pending', 'flagged'])[1 + (v.h >> 16) % 12],
    '2025-08-10 12:00Z'
FROM (SELECT current_setting('slate.slice')::integer - 1 AS k) AS s
CROSS JOIN LATERAL (
    SELECT
        'content_scale_' || slot * 6 + s.k % 6 || '_' || number || '_' || t.letter AS id,
        slot * 6 + s.k % 6 AS topic,
        number,
        t.type,
        hashint8extended(slot * 6 + s.k % 6 + 1000::bigint * number, 2) & 9223372036854775807 AS h
    FROM generate_series(0, 59) AS slot
    CROSS JOIN generate_series(s.k / 6 * 2 % 180, s.k / 6 * 2 % 180 + 1) AS number
    CROSS JOIN (VALUES ('n', 'vivid_now'), ('l', 'vivid_learning')) AS t (letter, type)
) AS v
ON CONFLICT (id) DO NOTHING;

-- Six to 66 requests a student, half of the students fewer than 21. Of those in sight 96 % are
-- done, 2 % failed and 2 % under way, these from the last two weeks; seven of ten found their video
-- made.
INSERT INTO content_requests (
    id, student_id, original_query, topic_id, interest_id, style, status, cache_hit,
    generated_content_id, error_message, retry_count, completed_at, created_at, updated_at,
    deleted_at
)
WITH school AS (
    SELECT
        s.k,
        s.monday,
        n,
        480 - (n - 1) * 203 % 480 AS activity
    FROM (
        SELECT
            current_setting('slate.slice')::integer AS k,
            date_trunc('week', now(), 'UTC') AS monday
    ) AS s
    CROSS JOIN generate_series(1, 480) AS n
),

chance AS (
    SELECT
        s.*,
        r,
        (7 * r + 13 * s.n) % 60 * 6 + (s.k - 1) % 6 AS topic,
        hashint8extended((1000::bigint * s.k + s.n) * 128 + r, 3) & 9223372036854775807 AS h
    FROM school AS s
    CROSS JOIN LATERAL generate_series(1, 6 + s.activity * s.activity / 3840) AS r
),

asked AS (
    SELECT
        c.*,
        ((c.k - 1) / 6 * 2 + CASE WHEN (c.h >> 11 & 7) < 1 + c.topic % 7 THEN 0 ELSE 1 END) % 180
            AS number,
        CASE
            WHEN (c.h >> 53) < 20 THEN 'failed'
            WHEN c.r % 4 <> 0 OR (c.h >> 14 & 7) > 1 OR (c.h >> 53) < 940 THEN 'completed'
            ELSE (ARRAY[
                'fast_path_ready', 'fast_path_ready', 'needs_clarification', 'generating_video',
                    'generating_script',
                'generating_audio', 'cache_check', 'nlu_processing'
            ])[1 + (c.h >> 50 & 7)]
        END AS status,
        CASE
            WHEN c.r % 4 = 0 THEN c.monday - interval '168 hours' * (1 + (c.h >> 14 & 7))
            ELSE '2025-08-18 00:00Z'::timestamptz + interval '168 hours' * (ARRAY[
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 21, 22, 23, 24, 25,
                26, 27, 28, 29, 31,
                32, 33, 34, 35, 36, 37, 38, 39
            ])[1 + (c.h >> 14 & 4095) % 36]
        END
        + interval '1 second' * ((c.h >> 26 & 1023) % 5 * 86400 + 50400 + (c.h >> 36 & 32767)) AS at
    FROM chance AS c
)

SELECT
    'req_scale_' || a.k || '_' || a.n || '_' || a.r,
    'user_scale_' || a.k || '_' || a.n,
    (ARRAY[
        'why is this so', 'explain it with my hobby', 'I missed class, what is it about',
            'what is this good for',
        'can I have an example', 'how do I solve this', 'what is the difference',
            'test tomorrow, please help'
    ])[1 + (a.h & 7)],
    'topic_scale_' || a.topic,
    'int_scale_' || (a.number + 7 * a.topic) % 30,
    (ARRAY['conversational', 'story', 'quiz', 'documentary', 'comic', 'interview'])[1
        + a.number / 30],
    a.status::request_status,
    (a.h >> 3 & 1023) < 717,
    CASE WHEN a.status IN ('completed', 'fast_path_ready') THEN
        'content_scale_' || a.topic || '_' || a.number || CASE WHEN (a.h & 24) = 0 THEN '_n'
            ELSE '_l' END
    END,
    CASE a.status WHEN 'failed' THEN 'no answer from the voice model' END,
    CASE a.status WHEN 'failed' THEN 3 ELSE 0 END,
    CASE a.status WHEN 'completed' THEN a.at + interval '90 seconds' END,
    a.at,
    a.at + interval '90 seconds',
    CASE WHEN a.r % 4 <> 0
        THEN date_bin('1 day', a.at, '2025-01-01 03:00Z') + interval '2184 hours' END
FROM asked AS a
ON CONFLICT (id) DO NOTHING;

-- Six to 60 topics a student. 62 % completed, 27 % begun, 8 % only opened, 3 % struggling; fourteen
-- minutes each on average, one of 16 viewed five times.
INSERT INTO student_progress (
    student_id, topic_id, status, view_count, last_viewed_at, completed_at, content_id,
    total_time_seconds, created_at, updated_at
)
WITH school AS (
    SELECT
        s.k,
        n,
        480 - (n - 1) * 203 % 480 AS activity
    FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
    CROSS JOIN generate_series(1, 480) AS n
),

-- g is the same in every school, h is not; the feedback below repeats this.
chance AS (
    SELECT
        s.*,
        j,
        (7 * j + 13 * s.n) % 60 * 6 + (s.k - 1) % 6 AS topic,
        hashint8extended(s.n * 64 + j, 4) & 9223372036854775807 AS g,
        hashint8extended((1000::bigint * s.k + s.n) * 128 + j, 5) & 9223372036854775807 AS h
    FROM school AS s
    CROSS JOIN LATERAL generate_series(1, 6 + s.activity * s.activity / 64 * 54 / 3600) AS j
),

seen AS (
    SELECT
        c.*,
        CASE
            WHEN (c.g & 1023) < 635 THEN 'completed'
            WHEN (c.g & 1023) < 911 THEN 'in_progress'
            WHEN (c.g & 1023) < 993 THEN 'not_started'
            ELSE 'struggling'
        END AS status,
        '2025-08-18 00:00Z'::timestamptz + interval '168 hours' * (ARRAY[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 31, 32,
            33, 34, 35, 36, 37, 38, 39
        ])[1 + (c.h >> 14 & 4095) % 36]
        + interval '1 second' * ((c.h >> 26 & 1023) % 5 * 86400 + 50400 + (c.h >> 36 & 32767))
            AS at,
        'content_scale_' || c.topic || '_'
            || (
                (c.k - 1) / 6 * 2 + CASE WHEN (c.h >> 11 & 7) < 1 + c.topic % 7 THEN 0 ELSE 1 END
            ) % 180
        || CASE WHEN (c.h & 24) = 0 THEN '_n' ELSE '_l' END AS content_id
    FROM chance AS c
)

SELECT
    'user_scale_' || s.k || '_' || s.n,
    'topic_scale_' || s.topic,
    s.status::progress_status,
    CASE WHEN s.status = 'not_started' THEN 0 WHEN (s.h & 15) = 0 THEN 5
        ELSE 1 + (s.h >> 4 & 1) END,
    CASE WHEN s.status <> 'not_started' THEN s.at END,
    CASE s.status WHEN 'completed' THEN s.at END,
    CASE WHEN s.status <> 'not_started' THEN s.content_id END,
    CASE WHEN s.status = 'not_started' THEN 0
        ELSE 60 + (s.h >> 5 & 1023) + (s.h >> 15 & 31) * (s.h >> 20 & 31) END,
    s.at,
    s.at
FROM seen AS s
ON CONFLICT (student_id, topic_id) DO NOTHING;

-- What is completed was marked so, five of six times with stars; who struggles asked for it
-- simpler; who is under way presses something every second time. A quarter of what is completed had
-- a press before that. All of it agrees with the progress above, which so stays as it is.
INSERT INTO feedback (
    id, student_id, content_id, feedback_type, rating, comment, triggered_regeneration,
    regeneration_request_id, created_at, updated_at
)
WITH school AS (
    SELECT
        s.k,
        n,
        480 - (n - 1) * 203 % 480 AS activity
    FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
    CROSS JOIN generate_series(1, 480) AS n
),

chance AS (
    SELECT
        s.*,
        j,
        (7 * j + 13 * s.n) % 60 * 6 + (s.k - 1) % 6 AS topic,
        hashint8extended(s.n * 64 + j, 4) & 9223372036854775807 AS g,
        hashint8extended((1000::bigint * s.k + s.n) * 128 + j, 5) & 9223372036854775807 AS h
    FROM school AS s
    CROSS JOIN LATERAL generate_series(1, 6 + s.activity * s.activity / 64 * 54 / 3600) AS j
),

pressed AS (
    SELECT
        c.*,
        press,
        CASE
            WHEN (c.g & 1023) >= 993 THEN 'make_simpler'
            WHEN (c.g & 1023) >= 635 OR press = 2 THEN (ARRAY[
                'make_simpler', 'try_different_interest', 'try_different_interest', 'report_issue',
                    'rating_only',
                'rating_only', 'rating_only', 'rating_only'
            ])[CASE WHEN (c.g & 1023) < 635 THEN 1 ELSE 2 END + (c.g >> 12 & 1023) % 7]
            ELSE 'mark_complete'
        END AS type,
        '2025-08-18 00:00Z'::timestamptz + interval '168 hours' * (ARRAY[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 31, 32,
            33, 34, 35, 36, 37, 38, 39
        ])[1 + (c.h >> 14 & 4095) % 36]
        + interval '1 second' * ((c.h >> 26 & 1023) % 5 * 86400 + 50400 + (c.h >> 36 & 32767))
        - CASE press WHEN 2 THEN interval '10 minutes' ELSE interval '0' END AS at
    FROM chance AS c
    CROSS JOIN generate_series(1, 2) AS press
    WHERE CASE
        WHEN (c.g & 1023) < 635 THEN press = 1 OR (c.g >> 10 & 3) = 0
        WHEN (c.g & 1023) < 911 THEN press = 1 AND (c.g >> 10 & 1) = 0
        ELSE press = 1 AND (c.g & 1023) >= 993
    END
)

SELECT
    'feedback_scale_' || p.k || '_' || p.n || '_' || p.j || '_' || p.press,
    'user_scale_' || p.k || '_' || p.n,
    'content_scale_' || p.topic || '_'
        || ((p.k - 1) / 6 * 2 + CASE WHEN (p.h >> 11 & 7) < 1 + p.topic % 7 THEN 0 ELSE 1 END) % 180
    || CASE WHEN (p.h & 24) = 0 THEN '_n' ELSE '_l' END,
    p.type::feedback_type,
    CASE
        WHEN p.type = 'make_simpler' THEN 1 + (p.h >> 7 & 1)
        WHEN p.type = 'rating_only' OR (p.h >> 7 & 63) < 53
            THEN 5 - (p.h >> 40 & 1023) % 3 * (p.h >> 50 & 3) / 2
    END,
    CASE WHEN (p.h >> 52 & 31) = 0
        THEN (ARRAY['too fast', 'got it!', 'more of this', 'lost me'])[1 + (p.h & 3)] END,
    p.type = 'make_simpler' AND p.j % 4 = 0,
    CASE WHEN p.type = 'make_simpler' AND p.j % 4 = 0
        THEN 'req_scale_' || p.k || '_' || p.n || '_' || p.j END,
    p.at,
    p.at
FROM pressed AS p
ON CONFLICT (id) DO NOTHING;

-- Accounts asked for in the first week of school, most of them made.
INSERT INTO student_account_requests (
    id, teacher_id, first_name, last_name, email, grade_level, class_id, status, reviewed_by,
    reviewed_at, created_user_id, created_at, updated_at
)
SELECT
    'sreq_scale_' || s.k || '_' || n,
    'user_scale_' || s.k || '_' || 500 + n,
    'New',
    'Student ' || n,
    'new' || n || '.school' || s.k || '@scale.example',
    9,
    'class_scale_' || s.k || '_' || n,
    (CASE WHEN n <= 9 THEN 'approved' WHEN n = 10 THEN 'denied'
        ELSE 'pending' END)::account_request_status,
    CASE WHEN n <= 10 THEN 'user_scale_' || s.k || '_600' END,
    CASE WHEN n <= 10 THEN '2025-08-21 15:00Z'::timestamptz END,
    CASE WHEN n <= 9 THEN 'user_scale_' || s.k || '_' || n END,
    '2025-08-19 15:00Z',
    '2025-08-21 15:00Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
CROSS JOIN generate_series(1, 12) AS n
ON CONFLICT (id) DO NOTHING;

INSERT INTO bulk_upload_jobs (
    id, uploaded_by, school_id, file_path, total_rows, status, successful_count, failed_count,
    error_log, started_at, completed_at, created_at, updated_at
)
SELECT
    'upload_job_scale_' || s.k,
    'user_scale_' || s.k || '_600',
    'school_scale_' || s.k,
    'gs://vividly-scale/uploads/school-' || s.k || '.csv',
    473,
    'completed',
    471,
    2,
    '[{"row": 17, "error": "e-mail is missing"}, {"row": 300, "error": "e-mail is taken"}]',
    '2025-08-01 12:00Z',
    '2025-08-01 12:02Z',
    '2025-08-01 12:00Z',
    '2025-08-01 12:02Z'
FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
ON CONFLICT (id) DO NOTHING;

SELECT core.ensure_partitions('audit_logs', 'month', 9, 0, '2025-08-15Z')
WHERE to_regclass('audit_logs_2026_05') IS NULL;

-- Half of the looks are taken by five of the 20 teachers, and half of them at a quarter of the
-- students. The ids lie where the sequence does not come.
INSERT INTO audit_logs (
    id, user_id, user_role, action, resource_type, resource_id, ip_address, user_agent, metadata,
    created_at
)
WITH chance AS (
    SELECT
        s.k,
        i,
        hashint8extended(100000::bigint * s.k + i, 6) & 9223372036854775807 AS h
    FROM (SELECT current_setting('slate.slice')::integer AS k) AS s
    CROSS JOIN generate_series(1, 10000) AS i
)

SELECT
    1000000000000 + 100000::bigint * c.k + c.i,
    'user_scale_' || c.k || '_' || 501 + (c.h & 1023) * (c.h & 1023) * 20 / 1048576,
    'teacher',
    CASE WHEN (c.h >> 20 & 15) < 13 THEN 'view_student_data' ELSE 'export_report' END,
    CASE WHEN (c.h >> 20 & 15) < 13 THEN 'user' ELSE 'class' END,
    CASE
        WHEN (c.h >> 20 & 15) < 13
        THEN 'user_scale_' || c.k || '_'
            || 1 + (c.h >> 10 & 1023) * (c.h >> 10 & 1023) * 480 / 1048576
        ELSE 'class_scale_' || c.k || '_' || 1 + (c.h >> 10 & 1023) % 30
    END,
    inet '10.0.0.0' + (c.h >> 24 & 65535),
    CASE WHEN (c.h >> 24 & 3) > 0 THEN 'Mozilla/5.0 (X11; CrOS x86_64)' END,
    CASE WHEN (c.h >> 24 & 1) = 0 THEN '{"screen": "engagement"}'::jsonb ELSE '{}' END,
    '2025-08-18 00:00Z'::timestamptz + interval '168 hours' * (ARRAY[
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 27,
        28, 29, 31, 32, 33,
        34, 35, 36, 37, 38, 39
    ])[1 + (c.h >> 30 & 4095) % 36]
    + interval '1 second' * (
        (c.h >> 42 & 1023) % 5 * 86400 + 46800 + (c.h >> 20 & 16777215) % 36000
    )
FROM chance AS c
ON CONFLICT (id, created_at) DO NOTHING;
