-- Any amount of data, the same on every server: 40 teachers with two classes of 25 each, 2,000 students, 60
-- activities, and per student and unit of scale 50 performances, 20 routines with two measurements each, 5 analyses
-- with a pattern each and 5 assessments; one incident for every ten students. Scale 1 is a school year, 250,000 facts; a greater scale later adds the
-- difference. Before it:
--   SET LOCAL slate.scale = 4;
-- Chance is hashint8extended(number, stream): no random(), no clock. Ids from 100000 on are no other seed's.

SELECT create_time_partitions(9, '2024-09-15');

INSERT INTO users (id, email, first_name, last_name, is_teacher, created_at)
SELECT
    ('00000000-0000-4000-9000-' || to_char(n, 'FM000000000000'))::uuid, 'teacher' || n || '@scale.example', 'Teacher',
    n::text, true, '2024-08-19 08:00Z'
FROM generate_series(1, 40) AS n
ON CONFLICT DO NOTHING;

INSERT INTO activities (id, name, activity_type, difficulty, duration_minutes, activity_metadata, created_at)
SELECT
    100000 + n, 'Activity ' || n, (enum_range(NULL::activity_type))[1 + n % 5], (enum_range(NULL::difficulty))[1 + n % 3],
    10 + n % 30, jsonb_build_object('prerequisites', jsonb_build_array('skill_' || n % 12)), '2024-08-19 08:00Z'
FROM generate_series(1, 60) AS n
ON CONFLICT DO NOTHING;

INSERT INTO classes (id, name, schedule, capacity, start_date, end_date, status, grade_level, teacher_id, created_at)
SELECT
    100000 + n, 'Class ' || n,
    '{"weekly_schedule": [{"day": "monday", "time": "14:00", "duration_minutes": 45, "location": "main_gym"}]}',
    30, '2024-09-02', '2025-06-30', 'active', (5 + n % 5)::text,
    ('00000000-0000-4000-9000-' || to_char(1 + n / 2, 'FM000000000000'))::uuid, '2024-08-19 08:00Z'
FROM generate_series(0, 79) AS n
ON CONFLICT DO NOTHING;

INSERT INTO students (id, first_name, last_name, email, gender, fitness_level, created_at)
SELECT
    100000 + n, 'Student', n::text, 'student' || n || '@scale.example', (enum_range(NULL::gender))[1 + n % 3],
    (enum_range(NULL::fitness_level))[1 + n % 4], '2024-08-26 08:00Z'
FROM generate_series(0, 1999) AS n
ON CONFLICT DO NOTHING;

INSERT INTO class_students (class_id, student_id, enrollment_date, created_at)
SELECT 100000 + n / 25, 100000 + n, '2024-09-02', '2024-09-02 08:00Z'
FROM generate_series(0, 1999) AS n
ON CONFLICT DO NOTHING;

INSERT INTO routines (id, class_id, name, status, scheduled_at, created_at)
SELECT 100000 + n, 100000 + n / 20, 'Routine ' || n % 20, 'completed', date '2024-09-02' + (n % 20) * 14, '2024-08-26 08:00Z'
FROM generate_series(0, 1599) AS n
ON CONFLICT DO NOTHING;

-- A student's performances fall on different days, so that none meets another.
INSERT INTO student_activity_performances (id, student_id, activity_id, performance_date, score, created_at)
SELECT
    p.number, 100000 + n, 100001 + k % 60, date '2024-09-02' + (k / 60) * 5 + k % 5, (h.chance & 1023) / 1023.0,
    timestamptz '2024-09-02 15:00Z' + (k % 300) * interval '1 day'
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 50 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN LATERAL (SELECT 1000000 + n * 100000 + k AS number) AS p
CROSS JOIN LATERAL (SELECT hashint8extended(p.number, 1) AS chance) AS h
ON CONFLICT DO NOTHING;

INSERT INTO routine_performance (
    id, routine_id, student_id, completion_time, accuracy_score, effort_score, is_completed, created_at
)
SELECT
    p.number, 100000 + (n / 25) * 20 + k % 20, 100000 + n, 1200 + (h.chance & 1023), (h.chance & 1023) / 1023.0,
    ((h.chance >> 10) & 1023) / 1023.0, h.chance & 7 > 0, timestamptz '2024-09-02 15:00Z' + (k % 20) * interval '14 days'
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 20 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN LATERAL (SELECT 1000000 + n * 100000 + k AS number) AS p
CROSS JOIN LATERAL (SELECT hashint8extended(p.number, 2) AS chance) AS h
ON CONFLICT DO NOTHING;

INSERT INTO performance_metrics (id, performance_id, student_id, metric_type, metric_value, created_at)
SELECT
    m.number, 1000000 + n * 100000 + k, 100000 + n, (ARRAY['heart_rate', 'steps'])[1 + t],
    CASE t WHEN 0 THEN 120 + (hashint8extended(m.number, 3) & 63) ELSE 1000 + (hashint8extended(m.number, 3) & 2047) END,
    timestamptz '2024-09-02 15:00Z' + (k % 20) * interval '14 days'
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 20 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN generate_series(0, 1) AS t
CROSS JOIN LATERAL (SELECT 2000000 + (n * 100000 + k) * 2 + t AS number) AS m
ON CONFLICT DO NOTHING;

INSERT INTO movement_analysis (
    id, student_id, activity_id, analysis_data, confidence_score, quality_score, repetitions, duration, created_at
)
SELECT
    p.number, 100000 + n, 100001 + k % 60, jsonb_build_object(
        'movement_data', jsonb_build_object('metrics', jsonb_build_object('smoothness', (h.chance & 1023) / 1023.0)),
        'analysis_results', jsonb_build_object(
            'movement_type', (ARRAY['jumping', 'running', 'throwing'])[1 + (n + k) % 3],
            'issues_detected', jsonb_build_array(jsonb_build_object('type', 'issue_' || (h.chance & 7)))
        )
    ), 0.9, ((h.chance >> 10) & 1023) / 1023.0, 10 + k % 20, 30, timestamptz '2024-09-02 15:00Z' + (k * 9 % 42) * interval '7 days'
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 5 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN LATERAL (SELECT 1000000 + n * 100000 + k AS number) AS p
CROSS JOIN LATERAL (SELECT hashint8extended(p.number, 4) AS chance) AS h
ON CONFLICT DO NOTHING;

INSERT INTO movement_patterns (
    id, movement_analysis_id, movement_analysis_created_at, student_id, pattern_type, created_at
)
SELECT
    1000000 + n * 100000 + k, 1000000 + n * 100000 + k, p.created_at, 100000 + n,
    (ARRAY['jumping', 'running', 'throwing'])[1 + (n + k) % 3], p.created_at
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 5 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN LATERAL (SELECT timestamptz '2024-09-02 15:00Z' + (k * 9 % 42) * interval '7 days' AS created_at) AS p
ON CONFLICT DO NOTHING;

INSERT INTO skill_assessments (id, student_id, activity_id, overall_score, assessment_date, status, created_at)
SELECT
    p.number, 100000 + n, 100001 + k % 60, (hashint8extended(p.number, 5) & 127) * 100 / 127.0,
    date '2024-09-16' + (k % 40) * 7, 'completed', '2024-09-16 15:00Z'
FROM generate_series(0, 1999) AS n
CROSS JOIN generate_series(0, 5 * current_setting('slate.scale')::integer - 1) AS k
CROSS JOIN LATERAL (SELECT 1000000 + n * 100000 + k AS number) AS p
ON CONFLICT DO NOTHING;

INSERT INTO safety_incidents (
    id, student_id, activity_id, date, incident_type, severity, description, action_taken, created_at
)
SELECT
    1000000 + n * 100000 + k, 100000 + n, 100001 + n % 60, date '2024-09-02' + (n + k * 7) % 300, 'fall',
    (ARRAY['low', 'moderate', 'high'])[1 + n / 10 % 3], 'Fell', 'Rest', '2024-09-02 16:00Z'
FROM generate_series(0, 1990, 10) AS n
CROSS JOIN generate_series(0, current_setting('slate.scale')::integer - 1) AS k
ON CONFLICT DO NOTHING;

-- Ids given by hand do not move the counters: the next row must not meet one of these.
SELECT setval(pg_get_serial_sequence(t.name, 'id'), 500000000)
FROM unnest(ARRAY[
    'activities', 'classes', 'students', 'routines', 'student_activity_performances', 'routine_performance',
    'performance_metrics', 'movement_analysis', 'movement_patterns', 'skill_assessments', 'safety_incidents'
]) AS t (name)
WHERE coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, 'id')), 0) < 500000000;
