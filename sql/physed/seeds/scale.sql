-- One slice is one school in the school year 2024/25: 4 teachers, 20 classes, 500 students, and
-- about 48,000 rows, of which 10,000 performances, 10,000 measurements and 10,000 movement analyses
-- (the triggers add 7,000 more). Slices share a catalogue of 240 activities and touch nothing of
-- each other, so slice 1000 takes as long as slice 2.
--
-- Chance is hashint8extended(number, stream): no random(), no clock, the same school on every
-- server. Nothing here or in the documented queries looks at today; only date_of_birth would, and
-- stays NULL: the age rule is judged on the day a row is written, so that a fixed birthday would be
-- refused some year. Numbers count on over the slices; what belongs to the school, the student or
-- the class follows from them by division. Ids from 100001 on are ours alone.
--
-- The school year: 36 weeks of teaching, named by their Mondays. In between are autumn, Christmas,
-- winter and Easter breaks. Even classes meet on Monday and Wednesday, odd ones on Tuesday and
-- Friday, at 8:00 to 14:00; nothing happens on other days. Of the students a few do much and most a
-- little: share u of the rows reaches share u * sqrt(u) of the students, so that the busiest has
-- 159 performances in a year, half of them 17 or fewer.

SELECT set_config('slate.mondays', '{
    2024-09-02, 2024-09-09, 2024-09-16, 2024-09-23, 2024-09-30, 2024-10-07, 2024-10-14, 2024-10-28,
    2024-11-04,
    2024-11-11, 2024-11-18, 2024-11-25, 2024-12-02, 2024-12-09, 2024-12-16, 2025-01-06, 2025-01-13,
    2025-01-20,
    2025-01-27, 2025-02-03, 2025-02-10, 2025-02-24, 2025-03-03, 2025-03-10, 2025-03-17, 2025-03-24,
    2025-03-31,
    2025-04-07, 2025-04-28, 2025-05-05, 2025-05-12, 2025-05-19, 2025-05-26, 2025-06-02, 2025-06-09,
    2025-06-16
}', true);

SELECT create_time_partitions(9, '2024-09-15');

-- The shared catalogue.

INSERT INTO assistant_profiles (id, name, model_version, created_at)
SELECT
    100000 + n,
    (ARRAY['Planner', 'Coach', 'Observer', 'Librarian'])[n],
    'model-' || n,
    '2024-08-19 08:00Z'
FROM generate_series(1, 4) AS n
ON CONFLICT DO NOTHING;

INSERT INTO activity_categories (id, name, description, parent_id, metadata, created_at)
SELECT
    100000 + n, (ARRAY['Scale: ground', 'Scale: water', 'Scale: air'])[n], 'Root of a branch', NULL,
    '{"display_settings": {"color": "#4287f5", "icon": "running", "order": 1}}'::jsonb,
    '2024-08-19 08:00Z'::timestamptz
FROM generate_series(1, 3) AS n
ON CONFLICT DO NOTHING;

-- Seven categories below each root, and three below each of those but the first.
INSERT INTO activity_categories (id, name, parent_id, created_at)
SELECT
    100000 + n,
    'Scale: branch ' || n,
    CASE WHEN n < 25 THEN 100001 + (n - 4) / 7 ELSE 100004 + (n - 22) / 3 END,
    '2024-08-19 08:00Z'
FROM generate_series(4, 84) AS n
ON CONFLICT DO NOTHING;

INSERT INTO activities (
    id, name, activity_type, difficulty, equipment_required, duration_minutes, activity_metadata,
    created_at
)
SELECT
    100000 + n,
    (
        ARRAY['Relay', 'Circuit', 'Partner', 'Target', 'Shuttle', 'Obstacle', 'Rhythm', 'Balance']
    )[1 + n % 8] || ' '
    || (ARRAY['sprint', 'jump', 'throw', 'dribble', 'roll', 'climb'])[1 + n % 6] || ' ' || n,
    (enum_range(NULL::activity_type))[1 + n % 5], (enum_range(NULL::difficulty))[1 + n % 3],
    (enum_range(NULL::equipment_required))[1 + n % 4], 5 + n % 8 * 5,
    jsonb_build_object(
        'prerequisites', jsonb_build_array('skill_' || n % 12),
        'equipment_details',
        jsonb_build_object('required', jsonb_build_array('equipment_' || n % 20))
    ),
    '2024-08-19 08:00Z'
FROM generate_series(1, 240) AS n
ON CONFLICT DO NOTHING;

-- Each activity has a primary category, every second one another.
INSERT INTO activity_category_associations (activity_id, category_id, primary_category, created_at)
SELECT 100001 + n % 240, 100004 + (n * 7 + n / 240) % 81, n < 240, '2024-08-19 08:00Z'
FROM generate_series(0, 359) AS n
ON CONFLICT DO NOTHING;

-- Two risk assessments an activity: most of them harmless.
INSERT INTO risk_assessments (
    id, activity_id, risk_level, mitigation_measures, assessment_date, probability, impact,
    review_date, created_at
)
SELECT
    100001 + n, 100001 + n % 240, (ARRAY['low', 'low', 'low', 'moderate', 'high'])[1 + n * 7 % 5],
    'Mats, spotter',
    date '2024-08-20' + n / 240 * 180, n % 10 / 20.0, n % 7 / 10.0, date '2025-08-20',
    '2024-08-20 08:00Z'
FROM generate_series(0, 479) AS n
ON CONFLICT DO NOTHING;

INSERT INTO assessment_criteria (id, set_name, name, weight, min_score, max_score, created_at)
SELECT
    100000 + n, 'scale', (ARRAY['technique', 'endurance', 'tactics', 'fairness'])[n], 0.25, 0, 10,
    '2024-08-19 08:00Z'
FROM generate_series(1, 4) AS n
ON CONFLICT DO NOTHING;

-- The school.

INSERT INTO users (id, email, first_name, last_name, is_teacher, school, department, created_at)
SELECT
    ('00000000-0000-4000-9000-' || to_char(n, 'FM000000000000'))::uuid,
    'teacher' || n || '@scale.example',
    (ARRAY['Kim', 'Sam', 'Alex', 'Noor', 'Jean'])[1 + n % 5],
    (ARRAY['Berg', 'Okoro', 'Silva', 'Novak'])[1 + n % 4] || n,
    true, 'School ' || (n + 3) / 4, 'Physical education', '2024-08-19 08:00Z'
FROM generate_series(
    4 * current_setting('slate.slice')::integer - 3, 4 * current_setting('slate.slice')::integer
) AS n
ON CONFLICT DO NOTHING;

-- Every class is full: 25 of 25 places. Teacher t has the classes t, t + 4, … t + 16 of grades 5 to
-- 9.
INSERT INTO classes (
    id, name, schedule, capacity, start_date, end_date, status, grade_level, teacher_id, created_at
)
SELECT
    100001 + n, 5 + n % 20 / 4 || (ARRAY['a', 'b', 'c', 'd'])[1 + n % 4],
    jsonb_build_object(
        'weekly_schedule', jsonb_build_array(
            jsonb_build_object(
                'day', (ARRAY['monday', 'tuesday'])[1 + n % 2], 'time',
                to_char(8 + n % 20 % 7, 'FM00') || ':00',
                'duration_minutes', 45, 'location', 'main_gym', 'equipment_needed',
                jsonb_build_array('mats', 'balls')
            ),
            jsonb_build_object(
                'day', (ARRAY['wednesday', 'friday'])[1 + n % 2], 'time',
                to_char(8 + n % 20 % 7, 'FM00') || ':00',
                'duration_minutes', 45, 'location', 'outdoor_field', 'weather_dependent', true
            )
        ),
        'exceptions',
        '[{"date": "2025-05-01", "reason": "school_holiday", "status": "cancelled"}]'::jsonb,
        'term_breaks', '[
            {"start_date": "2024-10-21", "end_date": "2024-10-25", "type": "autumn_break"},
            {"start_date": "2024-12-23", "end_date": "2025-01-03", "type": "christmas_break"},
            {"start_date": "2025-02-17", "end_date": "2025-02-21", "type": "winter_break"},
            {"start_date": "2025-04-14", "end_date": "2025-04-25", "type": "easter_break"}]'::jsonb
    ),
    25, '2024-09-02', '2025-06-20', 'active', (5 + n % 20 / 4)::text,
    ('00000000-0000-4000-9000-' || to_char(1 + n / 20 * 4 + n % 4, 'FM000000000000'))::uuid,
    '2024-08-19 08:00Z'
FROM generate_series(
    20 * current_setting('slate.slice')::integer - 20,
    20 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- One student in four has no e-mail, one in twelve a medical note, one in eight no gender given.
INSERT INTO students (
    id, first_name, last_name, email, gender, fitness_level, medical_notes, created_at
)
SELECT
    100001 + n,
    (
        ARRAY['Ava', 'Ben', 'Chloe', 'Dan', 'Ella', 'Finn', 'Grace', 'Hugo', 'Ines', 'Jonas']
    )[1 + (h.chance & 1023) % 10],
    (
        ARRAY['Lind', 'Moreau', 'Nowak', 'Osei', 'Park', 'Quinn', 'Rossi', 'Sato']
    )[1 + (h.chance >> 10 & 1023) % 8],
    CASE WHEN h.chance >> 20 & 3 > 0 THEN 'student' || n || '@scale.example' END,
    (
        ARRAY['male', 'male', 'male', 'female', 'female', 'female', 'other', NULL]::gender[]
    )[1 + (h.chance >> 22 & 7)],
    (ARRAY[
        'beginner', 'beginner', 'beginner', 'intermediate', 'intermediate', 'intermediate',
        'advanced', 'elite'
    ]::fitness_level[])[1 + (h.chance >> 25 & 7)],
    CASE WHEN (h.chance >> 28 & 1023) % 12 = 0 THEN 'Asthma: inhaler in the bag' END,
    '2024-08-26 08:00Z'
FROM generate_series(
    500 * current_setting('slate.slice')::integer - 500,
    500 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT hashint8extended(n, 1) AS chance) AS h
ON CONFLICT DO NOTHING;

INSERT INTO class_students (class_id, student_id, enrollment_date, status, created_at)
SELECT 100001 + n / 25, 100001 + n, '2024-09-02', 'enrolled', '2024-09-02 07:00Z'
FROM generate_series(
    500 * current_setting('slate.slice')::integer - 500,
    500 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- In each class one has left for the class before, and two of the class after wait for a place.
INSERT INTO class_students (
    class_id, student_id, enrollment_date, status, waitlisted_at, created_at
)
SELECT
    100001 + n / 3,
    100001 + n / 60 * 500 + (n / 3 % 20 * 25 + 500 + (ARRAY[-1, 25, 26])[1 + n % 3]) % 500,
    '2024-09-02',
    CASE WHEN n % 3 = 0 THEN 'withdrawn' ELSE 'waitlisted' END::enrollment_status,
    CASE
        WHEN n % 3 > 0 THEN timestamptz '2024-09-03 08:00Z' + n % 3 * interval '1 hour'
    END, '2024-09-02 07:00Z'
FROM generate_series(
    60 * current_setting('slate.slice')::integer - 60,
    60 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- Every second week a routine of four steps. April is reached: 14 of 18 are behind the class, one
-- in sixteen of them was cancelled; the last two are drafts.
INSERT INTO routines (id, class_id, name, status, scheduled_at, focus_areas, created_at)
SELECT
    100001 + n, 100001 + n / 18, 'Routine ' || 1 + n % 18,
    CASE
        WHEN n % 18 < 14 AND n % 16 = 0 THEN 'cancelled'
        WHEN n % 18 < 14 THEN 'completed'
        WHEN n % 18 < 16 THEN 'scheduled'
        ELSE 'draft'
    END::routine_status,
    ((SELECT current_setting('slate.mondays')::date[]))[2 + n % 18 * 2] + n / 18 % 2,
    jsonb_build_object(
        'primary_focus', (ARRAY['cardio', 'strength', 'flexibility', 'coordination'])[1 + n % 4]
    ),
    '2024-08-26 08:00Z'
FROM generate_series(
    360 * current_setting('slate.slice')::integer - 360,
    360 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

INSERT INTO routine_activities (
    id, routine_id, activity_id, sequence_order, duration, activity_type, is_timed, created_at
)
SELECT
    100001 + n, 100001 + n / 4, 100001 + (n / 4 * 11 + n % 4) % 240, 1 + n % 4, 5 + n % 3 * 5,
    (ARRAY['warm_up', 'main', 'main', 'cool_down']::routine_activity_type[])[1 + n % 4], n % 4 = 1,
    '2024-08-26 08:00Z'
FROM generate_series(
    1440 * current_setting('slate.slice')::integer - 1440,
    1440 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT (id) DO NOTHING;

-- What students do: the main facts.

-- Scores grow with the student's talent and the weeks; one in sixteen took part without a score,
-- one in ten was told why.
INSERT INTO student_activity_performances (
    id, student_id, activity_id, performance_date, score, feedback, created_at
)
SELECT
    1000001 + n, 100001 + n / 10000 * 500 + s.student, 100001 + s.student / 100 * 45 + n % 25,
    d.day,
    CASE WHEN h.chance >> 8 & 15 > 0 THEN
        (
            30 + (hashint8extended(s.student, 3) & 31) + n * 29 % 72 / 6 + (h.chance & 15)
        ) / 100::double precision
    END,
    CASE WHEN (h.chance >> 12 & 1023) % 10 = 0 THEN '{"comment": "knees over the toes"}'::jsonb END,
    d.day + interval '45 min' + (
        8 + s.student / 25 % 7
    ) * interval '1 hour' + (h.chance >> 22 & 511) * interval '1 s'
FROM generate_series(
    10000 * current_setting('slate.slice')::integer - 10000,
    10000 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT n % 10000 / 10000::double precision AS share) AS u
CROSS JOIN LATERAL (
    SELECT floor(500 * u.share * sqrt(u.share))::integer * 137 % 500 AS student
) AS s
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n * 29 % 72 / 2] + s.student / 25 % 2
        + n * 29 % 72 % 2 * (2 + s.student / 25 % 2) AS day
) AS d
CROSS JOIN LATERAL (SELECT hashint8extended(n, 2) AS chance) AS h
ON CONFLICT DO NOTHING;

-- One routine in eight is broken off, and then has neither time nor scores.
INSERT INTO routine_performance (
    id, routine_id, student_id, completion_time, accuracy_score, effort_score, is_completed,
    created_at
)
SELECT
    1000001 + n, 100001 + n / 4000 * 360 + s.student / 25 * 18 + n * 5 % 18,
    100001 + n / 4000 * 500 + s.student,
    CASE WHEN h.chance & 7 > 0 THEN 900 + (h.chance >> 3 & 1023) END,
    CASE
        WHEN h.chance & 7 > 0 THEN (40 + (h.chance >> 13 & 31) + n * 5 % 18) / 100::double precision
    END,
    CASE WHEN h.chance & 7 > 0 THEN (50 + (h.chance >> 18 & 31)) / 100::double precision END,
    h.chance & 7 > 0, d.day + interval '40 min' + (8 + s.student / 25 % 7) * interval '1 hour'
FROM generate_series(
    4000 * current_setting('slate.slice')::integer - 4000,
    4000 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT n % 4000 / 4000::double precision AS share) AS u
CROSS JOIN LATERAL (
    SELECT floor(500 * u.share * sqrt(u.share))::integer * 137 % 500 AS student
) AS s
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[2 + n * 5 % 18 * 2] + s.student / 25 % 2 AS day
) AS d
CROSS JOIN LATERAL (SELECT hashint8extended(n, 4) AS chance) AS h
ON CONFLICT DO NOTHING;

-- Two or three measurements of each: five to every two performances, at the performance's time.
INSERT INTO performance_metrics (
    id, performance_id, student_id, metric_type, metric_value, created_at
)
SELECT
    1000001 + m, 1000001 + p.n, 100001 + p.n / 4000 * 500 + s.student,
    (ARRAY['heart_rate', 'steps', 'jump_height', 'heart_rate_max', 'sprint_time'])[1 + m % 5],
    CASE m % 5
        WHEN 0 THEN 120 + (h.chance & 31)
        WHEN 1 THEN 1000 + (h.chance & 2047)
        WHEN 2 THEN 20 + (h.chance & 31)
        WHEN 3 THEN 150 + (h.chance & 31)
        ELSE (90 + (h.chance & 63)) / 10::double precision
    END,
    d.day + interval '40 min' + (8 + s.student / 25 % 7) * interval '1 hour'
FROM generate_series(
    10000 * current_setting('slate.slice')::integer - 10000,
    10000 * current_setting('slate.slice')::integer - 1
) AS m
CROSS JOIN LATERAL (SELECT m * 2 / 5 AS n) AS p
CROSS JOIN LATERAL (SELECT p.n % 4000 / 4000::double precision AS share) AS u
CROSS JOIN LATERAL (
    SELECT floor(500 * u.share * sqrt(u.share))::integer * 137 % 500 AS student
) AS s
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[2 + p.n * 5 % 18 * 2] + s.student / 25 % 2 AS day
) AS d
CROSS JOIN LATERAL (SELECT hashint8extended(m, 5) AS chance) AS h
ON CONFLICT DO NOTHING;

-- Half of the analyses are of running, a third of jumping; one in three finds nothing wrong, one in
-- sixteen nothing at
-- all: the camera saw too little, and analysis_data is NULL.
INSERT INTO movement_analysis (
    id, student_id, activity_id, analysis_data, confidence_score, quality_score, repetitions,
    duration, created_at
)
SELECT
    1000001 + n, 100001 + n / 10000 * 500 + s.student, 100001 + s.student / 100 * 45 + n % 25,
    CASE WHEN h.chance & 15 > 0 THEN
        jsonb_build_object(
            'movement_data', jsonb_build_object('metrics', jsonb_build_object(
                'smoothness', (50 + (h.chance >> 4 & 31)) / 100.0, 'consistency',
                (40 + (h.chance >> 9 & 31)) / 100.0,
                'speed', (60 + (h.chance >> 14 & 31)) / 100.0
            )),
            'analysis_results', jsonb_build_object(
                'movement_type',
                (
                    ARRAY['running', 'jumping', 'running', 'jumping', 'running', 'throwing']
                )[1 + n % 6],
                'quality_score', (45 + (h.chance >> 19 & 31)) / 100.0,
                'issues_detected',
                CASE WHEN (h.chance >> 24 & 1023) % 3 = 0 THEN '[]' ELSE jsonb_build_array(
                    jsonb_build_object(
                        'type', (
                            ARRAY['knee_alignment', 'landing', 'arm_swing', 'posture', 'rhythm']
                        )[1 + (h.chance >> 34 & 1023) % 5],
                        'severity',
                        (ARRAY['low', 'low', 'moderate', 'high'])[1 + (h.chance >> 44 & 3)]
                    )
                ) END
            )
        )
    END,
    (70 + (h.chance >> 46 & 15)) / 100::double precision,
    (45 + (h.chance >> 19 & 31)) / 100::double precision,
    5 + (h.chance >> 50 & 15), 10 + (h.chance >> 54 & 31),
    d.day + interval '30 min' + (8 + s.student / 25 % 7) * interval '1 hour'
FROM generate_series(
    10000 * current_setting('slate.slice')::integer - 10000,
    10000 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT n % 10000 / 10000::double precision AS share) AS u
CROSS JOIN LATERAL (
    SELECT floor(500 * u.share * sqrt(u.share))::integer * 137 % 500 AS student
) AS s
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n * 31 % 72 / 2] + s.student / 25 % 2
        + n * 31 % 72 % 2 * (2 + s.student / 25 % 2) AS day
) AS d
CROSS JOIN LATERAL (SELECT hashint8extended(n, 6) AS chance) AS h
ON CONFLICT DO NOTHING;

-- Three of ten analyses recognise a pattern.
INSERT INTO movement_patterns (
    id, movement_analysis_id, movement_analysis_created_at, student_id, pattern_type, metrics,
    created_at
)
SELECT
    1000001 + m, 1000001 + a.n, t.analysed_at, 100001 + a.n / 10000 * 500 + s.student,
    (ARRAY['running', 'jumping', 'running', 'jumping', 'running', 'throwing'])[1 + a.n % 6],
    jsonb_build_object('cycles', 3 + m % 9), t.analysed_at
FROM generate_series(
    3000 * current_setting('slate.slice')::integer - 3000,
    3000 * current_setting('slate.slice')::integer - 1
) AS m
CROSS JOIN LATERAL (SELECT m * 10 / 3 AS n) AS a
CROSS JOIN LATERAL (SELECT a.n % 10000 / 10000::double precision AS share) AS u
CROSS JOIN LATERAL (
    SELECT floor(500 * u.share * sqrt(u.share))::integer * 137 % 500 AS student
) AS s
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + a.n * 31 % 72 / 2] + s.student / 25 % 2
        + a.n * 31 % 72 % 2 * (2 + s.student / 25 % 2) + interval '30 min'
        + (8 + s.student / 25 % 7) * interval '1 hour' AS analysed_at
) AS t
ON CONFLICT DO NOTHING;

-- How students are judged. Of 16 assessments 13 are done, one each is archived, in progress and
-- pending; the last two have no score yet. Talent decides, by half.
INSERT INTO skill_assessments (
    id, student_id, activity_id, overall_score, assessment_date, status, created_at
)
SELECT
    1000001 + n, 100001 + n / 800 * 500 + n % 500, 100001 + n % 500 / 100 * 45 + n % 25,
    CASE
        WHEN h.chance & 15 < 14
            THEN 40 + (hashint8extended(n % 500, 3) & 31) + (h.chance >> 4 & 31) * 0.875
    END,
    d.day,
    (ARRAY['in_progress', 'pending', 'archived', 'completed']::assessment_status[])[
        least(16 - (h.chance & 15), 4)
    ],
    d.day + interval '45 min' + (8 + n % 500 / 25 % 7) * interval '1 hour'
FROM generate_series(
    800 * current_setting('slate.slice')::integer - 800,
    800 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n * 7 % 36] + n % 500 / 25 % 2 AS day
) AS d
CROSS JOIN LATERAL (SELECT hashint8extended(n, 7) AS chance) AS h
ON CONFLICT DO NOTHING;

-- Two criteria each.
INSERT INTO assessment_results (id, assessment_id, student_id, criteria_id, score, created_at)
SELECT
    1000001 + n, 1000001 + n / 2, 100001 + n / 1600 * 500 + n / 2 % 500, 100001 + n % 4,
    3 + (hashint8extended(n, 8) & 63) / 10::double precision, '2025-06-16 12:00Z'
FROM generate_series(
    1600 * current_setting('slate.slice')::integer - 1600,
    1600 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

INSERT INTO skill_progress (
    id, student_id, activity_id, skill_level, progress_data, improvement_rate, created_at
)
SELECT
    1000001 + n, 100001 + n / 1000 * 500 + n % 500,
    100001 + n % 500 / 100 * 45 + n % 25 + n % 1000 / 500,
    (
        ARRAY[
            'beginner', 'beginner', 'intermediate', 'intermediate', 'advanced', 'expert'
        ]::skill_level[]
    )[1 + n * 5 % 6],
    jsonb_build_object(
        'metrics',
        jsonb_build_object(
            'accuracy', (h.chance & 63) / 100.0, 'speed', (h.chance >> 6 & 63) / 100.0
        ),
        'milestones_achieved', jsonb_build_array('milestone_' || (h.chance >> 12 & 15))
    ),
    (h.chance >> 16 & 15) / 1000::double precision, '2025-01-20 12:00Z'
FROM generate_series(
    1000 * current_setting('slate.slice')::integer - 1000,
    1000 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT hashint8extended(n, 9) AS chance) AS h
ON CONFLICT DO NOTHING;

INSERT INTO skill_progressions (id, student_id, activity_id, current_level, created_at)
SELECT
    1000001 + n, 100001 + n / 800 * 500 + n % 500,
    100001 + n % 500 / 100 * 45 + n % 25 + n % 800 / 500,
    (
        ARRAY[
            'beginner', 'beginner', 'intermediate', 'advanced', 'expert', 'master'
        ]::progression_level[]
    )[1 + n * 5 % 6],
    '2025-01-20 12:00Z'
FROM generate_series(
    800 * current_setting('slate.slice')::integer - 800,
    800 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- One student in four has a plan or more, one has ten. Each runs eight weeks with an activity in
-- each, also at home in the holidays.
INSERT INTO activity_plans (
    id, student_id, class_id, name, start_date, end_date, status, objectives, assessment_criteria,
    progress_tracking, created_at
)
SELECT
    1000001 + n, 100001 + n / 150 * 500 + s.student, 100001 + n / 150 * 20 + s.student / 25,
    'Plan ' || 1 + n % 150,
    d.day, d.day + 56, (
        ARRAY[
            'completed', 'completed', 'completed', 'active', 'active', 'active', 'active', 'active',
            'draft',
            'cancelled'
        ]
    )[1 + n % 10]::plan_status,
    '{"learning_objectives": [
        {
            "area": "fitness", "target": "improve_endurance",
            "success_criteria": ["run for 20 minutes"]
        }
    ], "priority_levels": {"fitness": "high"}}'::jsonb,
    '{"skill_criteria": {
        "technique": {"weight": 0.4, "minimum_score": 7.0}, "performance": {"weight": 0.6}
    }}'::jsonb,
    jsonb_build_object('weekly_metrics', jsonb_build_array(
        jsonb_build_object('week', 1, 'attendance', 0.9, 'completion_rate', (50 + n % 50) / 100.0),
        jsonb_build_object('week', 2, 'attendance', 1, 'completion_rate', (50 + n * 7 % 50) / 100.0)
    )), d.day + interval '7 hours'
FROM generate_series(
    150 * current_setting('slate.slice')::integer - 150,
    150 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT n % 150 * (n % 150) / 90 * 274 % 500 AS student) AS s
CROSS JOIN LATERAL (
    SELECT ((SELECT current_setting('slate.mondays')::date[]))[1 + n % 150 * 5 % 26] AS day
) AS d
ON CONFLICT DO NOTHING;

INSERT INTO activity_plan_activities (
    id, plan_id, student_id, activity_id, scheduled_date, status, created_at
)
SELECT
    1000001 + n, 1000001 + p.plan,
    100001 + p.plan / 150 * 500 + p.plan % 150 * (p.plan % 150) / 90 * 274 % 500,
    100001 + (p.plan * 7 + n % 8) % 240,
    (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + p.plan % 150 * 5 % 26] + n % 8 * 7 + p.plan % 5,
    CASE
        WHEN p.plan % 10 < 3 OR p.plan % 10 < 8 AND n % 8 < 4
            THEN (ARRAY['completed', 'completed', 'completed', 'skipped'])[1 + n * 5 % 4]
        WHEN p.plan % 10 = 9 THEN 'cancelled'
        ELSE 'scheduled'
    END::plan_activity_status,
    '2024-08-30 12:00Z'
FROM generate_series(
    1200 * current_setting('slate.slice')::integer - 1200,
    1200 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT n / 8 AS plan) AS p
ON CONFLICT DO NOTHING;

INSERT INTO activity_adaptations (
    id, student_id, activity_id, adaptation_type, difficulty_adjustment, is_active, start_date,
    created_at
)
SELECT
    1000001 + n, 100001 + n / 60 * 500 + n * 41 % 500, 100001 + n % 240,
    (enum_range(NULL::adaptation_type))[1 + n % 5],
    (n % 9 - 6) / 10.0, n % 4 > 0, '2024-09-16', '2024-09-16 12:00Z'
FROM generate_series(
    60 * current_setting('slate.slice')::integer - 60,
    60 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

INSERT INTO student_activity_preferences (
    id, student_id, activity_type, preference_score, last_updated, created_at
)
SELECT
    1000001 + n, 100001 + n,
    (ARRAY['warm_up', 'skill_development', 'fitness_training', 'game', 'game'])[1 + n % 5],
    (hashint8extended(n, 10) & 63) / 63::double precision, '2024-09-13 12:00Z', '2024-09-13 12:00Z'
FROM generate_series(
    500 * current_setting('slate.slice')::integer - 500,
    500 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- Safety. Before each week's first meeting a check of the place; one in fifty finds something to
-- mend, by the week after, and the last week's are still open.
INSERT INTO safety_checks (
    id, class_id, check_type, status, completed_at, location, inspector_id, severity_level,
    action_required, follow_up_date, created_at
)
SELECT
    1000001 + n, 100001 + n / 36, 'pre_class',
    CASE WHEN n % 36 < 35 THEN 'completed' ELSE 'pending' END,
    CASE WHEN n % 36 < 35 THEN d.day + interval '7 hours 30 min' END, 'main_gym',
    ('00000000-0000-4000-9000-' || to_char(1 + n / 720 * 4 + n / 36 % 4, 'FM000000000000'))::uuid,
    CASE WHEN h.finding THEN (ARRAY['low', 'moderate', 'high'])[1 + n % 3] END, h.finding,
    CASE WHEN h.finding THEN d.day + 7 END, d.day + interval '7 hours'
FROM generate_series(
    720 * current_setting('slate.slice')::integer - 720,
    720 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (
    SELECT ((SELECT current_setting('slate.mondays')::date[]))[1 + n % 36] + n / 36 % 2 AS day
) AS d
CROSS JOIN LATERAL (SELECT (hashint8extended(n, 11) & 1023) % 50 = 0 AS finding) AS h
ON CONFLICT DO NOTHING;

INSERT INTO environmental_checks (
    id, class_id, check_date, temperature, humidity, air_quality, surface_conditions, lighting,
    created_at
)
SELECT
    1000001 + n, 100001 + n / 9, d.day, 15 + (hashint8extended(n, 12) & 7),
    40 + (hashint8extended(n, 13) & 15), 0.9,
    '{"grip": "good"}'::jsonb, 500, d.day + interval '7 hours'
FROM generate_series(
    180 * current_setting('slate.slice')::integer - 180,
    180 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (
    SELECT ((SELECT current_setting('slate.mondays')::date[]))[4 + n % 9 * 4] + n / 9 % 2 AS day
) AS d
ON CONFLICT DO NOTHING;

-- Maintained every half year; one piece in ten is late.
INSERT INTO equipment_checks (
    id, equipment_type, condition, last_maintenance, next_maintenance, safety_rating, created_at
)
SELECT
    1000001 + n, 'equipment_' || n % 20,
    (ARRAY['good', 'good', 'good', 'worn', 'damaged'])[1 + n % 5],
    date '2025-01-06' + n * 7 % 150 - CASE WHEN n % 10 = 0 THEN 200 ELSE 0 END,
    date '2025-07-06' + n * 7 % 150 - CASE WHEN n % 10 = 0 THEN 200 ELSE 0 END,
    (50 + (hashint8extended(n, 14) & 31)) / 100::double precision, '2024-09-02 07:00Z'
FROM generate_series(
    30 * current_setting('slate.slice')::integer - 30,
    30 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- An accident or near miss for every second student and year, half of them slight.
INSERT INTO safety_incidents (
    id, student_id, activity_id, date, incident_type, severity, description, action_taken,
    incident_metadata, created_at
)
SELECT
    1000001 + n, 100001 + n / 240 * 500 + n * 41 % 500, 100001 + n * 11 % 240, d.day,
    (ARRAY['fall', 'fall', 'collision', 'strain'])[1 + n % 4],
    (ARRAY['low', 'moderate', 'low', 'high'])[1 + n * 3 % 4],
    'Slipped on the turn', 'Ice, rest, parents told',
    CASE WHEN n % 5 = 0 THEN '{"witnesses": 2}'::jsonb END,
    d.day + interval '12 hours'
FROM generate_series(
    240 * current_setting('slate.slice')::integer - 240,
    240 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (
    SELECT (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n * 5 % 36] + n * 41 % 500 / 25 % 2 AS day
) AS d
ON CONFLICT DO NOTHING;

-- What teachers do with it. Of an assistant's memories of a teacher, half are about three topics.
INSERT INTO user_memories (
    id, user_id, assistant_profile_id, content, importance, category, tags, source, confidence,
    created_at
)
SELECT
    1000001 + n, ('00000000-0000-4000-9000-' || to_char(1 + n / 150, 'FM000000000000'))::uuid,
    100001 + n % 4,
    'Observation ' || n, (h.chance & 127) / 127::double precision,
    (ARRAY['preference', 'observation', 'observation', NULL])[1 + (h.chance >> 7 & 3)],
    jsonb_build_array(
        (ARRAY['endurance', 'safety', 'groups'])[1 + (h.chance >> 9 & 1023) % 3],
        'topic_' || (h.chance >> 19 & 31)
    ),
    'chat', (h.chance >> 24 & 127) / 127::double precision,
    (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n % 36] + interval '15 hours' + n % 3600 * interval '1 s'
FROM generate_series(
    600 * current_setting('slate.slice')::integer - 600,
    600 * current_setting('slate.slice')::integer - 1
) AS n
CROSS JOIN LATERAL (SELECT hashint8extended(n, 15) AS chance) AS h
ON CONFLICT DO NOTHING;

-- Every memory is used twice; one use in four is judged.
INSERT INTO memory_interactions (
    id, memory_id, user_id, interaction_type, feedback, created_at
)
SELECT
    1000001 + n, 1000001 + n / 2,
    ('00000000-0000-4000-9000-' || to_char(1 + n / 300, 'FM000000000000'))::uuid,
    'recalled',
    CASE WHEN n % 4 = 0 THEN '{"helpful": true}'::jsonb END,
    ((SELECT current_setting('slate.mondays')::date[]))[1 + n / 2 % 36] + interval '40 hours'
    + n % 3600 * interval '1 s'
FROM generate_series(
    1200 * current_setting('slate.slice')::integer - 1200,
    1200 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- 250 actions a teacher and year, in school hours.
INSERT INTO activity_logs (id, user_id, action, context, created_at)
SELECT
    1000001 + n, ('00000000-0000-4000-9000-' || to_char(1 + n / 250, 'FM000000000000'))::uuid,
    (ARRAY['class.opened', 'plan.edited', 'assessment.scored', 'medical_notes.read'])[1 + n % 4],
    jsonb_build_object('class_id', 100001 + n / 1000 * 20 + n % 5 * 4 + n / 250 % 4),
    (
        (SELECT current_setting('slate.mondays')::date[])
    )[1 + n % 250 / 7] + n % 5 + interval '8 hours'
    + n * 37 % 25200 * interval '1 s'
FROM generate_series(
    1000 * current_setting('slate.slice')::integer - 1000,
    1000 * current_setting('slate.slice')::integer - 1
) AS n
ON CONFLICT DO NOTHING;

-- Ids given by hand do not move the counters: the next row must not meet one of these.
SELECT setval(pg_get_serial_sequence(t.name, 'id'), 500000000)
FROM unnest(ARRAY[
    'activities', 'activity_adaptations', 'activity_categories', 'activity_logs',
    'activity_plan_activities',
    'activity_plans', 'assessment_criteria', 'assessment_results', 'assistant_profiles', 'classes',
    'environmental_checks', 'equipment_checks', 'memory_interactions', 'movement_analysis',
    'movement_patterns',
    'performance_metrics', 'risk_assessments', 'routine_activities', 'routine_performance',
    'routines',
    'safety_checks', 'safety_incidents', 'skill_assessments', 'skill_progress',
    'skill_progressions',
    'student_activity_performances', 'student_activity_preferences', 'students', 'user_memories'
]) AS t (name)
WHERE coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, 'id')), 0) < 500000000;
