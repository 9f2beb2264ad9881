-- One slice is one school and its year 2025-26: 400 students, 18 teachers, 60 classes, 13,000 rows
-- of progress, 11,000 submissions, 10,000 notifications. Run once for each slice: SET LOCAL
-- slate.slice = 7;
--
-- Chance is hashint8extended(number, stream): no random(). An id is 5ca1e0 and its kind, then slice
-- * 1,000,000 + number; nothing outside the slice's own ids is looked at, so slice 1,000 costs what
-- slice 1 costs. The clock is read in two places only, because queries ask for "the last seven
-- days" and "due": the last three lessons of an active student were in the last week
-- (current_date), and each class has one assignment to come. Students come before their profiles:
-- what triggers would add to a profile by now() is in the profile from the start. Left to the jobs:
-- class_analytics, the GLOBAL board, class_performance_summary after the first slice.

-- The catalogue that all schools share: a course for each of 6 subjects and 7 grades, 18 lessons
-- each, with a quiz of 3.
INSERT INTO courses (
    id, title, subject, grade, difficulty, estimated_hours, is_published, created_at
)
SELECT
    ('5ca1e001-0000-4000-8000-' || lpad((g.grade * 10 + s.place)::text, 12, '0'))::uuid,
    s.subject || ' ' || g.grade, s.subject, g.grade, CASE
        WHEN g.grade < 8 THEN 'EASY'
        WHEN g.grade < 10 THEN 'MEDIUM'
        ELSE 'HARD'
    END::difficulty_level,
    36,
    true,
    '2025-03-01 04:00Z'
FROM generate_series(6, 12) AS g (grade)
CROSS JOIN unnest('{Mathematics,Science,English,Hindi,Social Studies,Computer Science}'::text[])
WITH ORDINALITY AS s (subject, place)
ON CONFLICT DO NOTHING;

INSERT INTO lessons (
    id, title, content, course_id, order_index, duration, keywords, difficulty_level, is_published,
    created_at
)
SELECT
    (
        '5ca1e002-0000-4000-8000-' || lpad(
            (g.grade * 10000 + s.place * 100 + l.place)::text, 12, '0'
        )
    )::uuid,
    'Unit ' || 1 + (l.place - 1) / 3 || ', lesson ' || 1 + (l.place - 1) % 3,
    '{"blocks": [{"type": "text", "text": "What is worth knowing about this."}]}',
    ('5ca1e001-0000-4000-8000-' || lpad((g.grade * 10 + s.place)::text, 12, '0'))::uuid, l.place,
    15 + 5 * (l.place % 4), ARRAY['unit' || 1 + (l.place - 1) / 3], 1 + l.place / 4, true,
    '2025-03-01 04:00Z'
FROM generate_series(6, 12) AS g (grade)
CROSS JOIN generate_series(1, 6) AS s (place)
CROSS JOIN generate_series(1, 18) AS l (place)
ON CONFLICT (id) DO NOTHING;

INSERT INTO quizzes (id, title, lesson_id, time_limit, is_published, created_at)
SELECT
    (
        '5ca1e003-0000-4000-8000-' || lpad(
            (g.grade * 10000 + s.place * 100 + l.place)::text, 12, '0'
        )
    )::uuid,
    'Check yourself',
    (
        '5ca1e002-0000-4000-8000-' || lpad(
            (g.grade * 10000 + s.place * 100 + l.place)::text, 12, '0'
        )
    )::uuid,
    10,
    true,
    '2025-03-01 04:00Z'
FROM generate_series(6, 12) AS g (grade)
CROSS JOIN generate_series(1, 6) AS s (place)
CROSS JOIN generate_series(1, 18) AS l (place)
ON CONFLICT DO NOTHING;

INSERT INTO questions (id, text, type, correct_answer, points, quiz_id, order_index, created_at)
SELECT
    ('5ca1e004-0000-4000-8000-' || lpad((z.number * 10 + q.place)::text, 12, '0'))::uuid,
    'Question ' || q.place, 'SHORT_ANSWER', to_jsonb(q.place), q.place,
    ('5ca1e003-0000-4000-8000-' || lpad(z.number::text, 12, '0'))::uuid, q.place,
    '2025-03-01 04:00Z'
FROM (
    SELECT g.grade * 10000 + s.place * 100 + l.place AS number
    FROM generate_series(6, 12) AS g (grade)
    CROSS JOIN generate_series(1, 6) AS s (place)
    CROSS JOIN generate_series(1, 18) AS l (place)
) AS z
CROSS JOIN generate_series(1, 3) AS q (place)
ON CONFLICT (id) DO NOTHING;

INSERT INTO schools (id, name, district, state, created_at)
SELECT
    ('5ca1e010-0000-4000-8000-' || lpad((p.slice * 1000000)::text, 12, '0'))::uuid,
    'School No. ' || p.slice, 'District ' || p.slice % 20, 'Maharashtra', '2025-03-01 04:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
ON CONFLICT DO NOTHING;

-- Numbers 1 to 400 are students, 501 to 518 teachers, 600 runs the school, 701 to 1,000 are
-- guardians. One student in fifty has left and is not active; most signed in this week, some never.
INSERT INTO users (
    id, username, email, password_hash, role, school_id, preferred_language, is_active,
    email_verified, last_login_at, created_at
)
SELECT
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    lower(r.role) || n.number || '.school' || p.slice,
    lower(r.role) || n.number || '@school' || p.slice || '.example',
    '!',
    r.role::user_role,
    CASE WHEN n.number <= 700
        THEN ('5ca1e010-0000-4000-8000-' || lpad((p.slice * 1000000)::text, 12, '0'))::uuid
    END,
    (ARRAY['en', 'hi', 'mr', 'en'])[1 + n.number % 4],
    n.number > 400 OR n.number % 50 <> 49,
    n.number % 7 <> 0,
    CASE WHEN n.number % 11 <> 0
        THEN timestamptz '2026-03-27 04:00Z' - abs(
            hashint8extended(n.number, p.slice)
        ) % 20000 * interval '1 minute'
    END,
    '2025-03-15 04:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN (
    SELECT * FROM generate_series(1, 400)
    UNION ALL SELECT * FROM generate_series(501, 518)
    UNION ALL SELECT 600
    UNION ALL SELECT * FROM generate_series(701, 1000)
) AS n (number)
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN n.number <= 400 THEN 'STUDENT'
        WHEN n.number <= 518 THEN 'TEACHER'
        WHEN n.number = 600 THEN 'ADMIN'
        ELSE 'GUARDIAN'
    END AS role
) AS r
ON CONFLICT DO NOTHING;

-- Ten sections of forty in seven grades; class 10 * section + subject is a section in a subject.
-- Three teachers a subject.
INSERT INTO classes (
    id, name, subject, grade, section, teacher_id, school_id, max_students, academic_year,
    created_at
)
SELECT
    (
        '5ca1e012-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + c.section * 10 + s.place)::text, 12, '0'
        )
    )::uuid,
    s.subject || ' ' || c.grade || c.letter,
    s.subject,
    c.grade,
    c.letter,
    ('5ca1e011-0000-4000-8000-'
        || lpad((p.slice * 1000000 + 498 + 3 * s.place + c.section % 3)::text, 12, '0'))::uuid,
    ('5ca1e010-0000-4000-8000-' || lpad((p.slice * 1000000)::text, 12, '0'))::uuid, 40, '2025-26',
    '2025-03-20 04:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN (
    SELECT
        n AS section,
        6 + n * 7 / 10 AS grade,
        CASE WHEN n IN (1, 4, 7) THEN 'B' ELSE 'A' END AS letter
    FROM generate_series(0, 9) AS n
) AS c
CROSS JOIN unnest('{Mathematics,Science,English,Hindi,Social Studies,Computer Science}'::text[])
WITH ORDINALITY AS s (subject, place)
ON CONFLICT DO NOTHING;

-- Every student in the six classes of a section; six in a hundred have dropped a class, left it or
-- finished it.
INSERT INTO enrollments (id, student_id, class_id, enrolled_at, status, final_grade)
SELECT
    (
        '5ca1e013-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + n.number * 10 + s.place)::text, 12, '0'
        )
    )::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    (
        '5ca1e012-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + n.number % 10 * 10 + s.place)::text, 12, '0'
        )
    )::uuid,
    '2025-03-28 04:00Z',
    CASE
        WHEN n.number = 1 OR c.chance % 100 >= 6 THEN 'ACTIVE'
        WHEN c.chance % 100 < 3 THEN 'DROPPED'
        WHEN c.chance % 100 < 5 THEN 'INACTIVE'
        ELSE 'COMPLETED'
    END::enrollment_status,
    CASE WHEN c.chance % 100 = 5 THEN (ARRAY['A+', 'A', 'B+', 'B', 'C'])[1 + c.chance / 100 % 5] END
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400) AS n (number)
CROSS JOIN generate_series(1, 6) AS s (place)
CROSS JOIN LATERAL (
    SELECT abs(hashint8extended(p.slice * 1000000 + n.number * 10 + s.place, 1)) AS chance
) AS c
ON CONFLICT DO NOTHING;

-- Guardian 700 + n has student n and, one in ten, two more; one link in twenty still waits, one in
-- fifty was refused.
INSERT INTO guardian_links (
    id, guardian_id, student_id, relationship, status, requested_at, approved_at, approved_by
)
SELECT
    (
        '5ca1e014-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + n.number * 10 + c.place)::text, 12, '0'
        )
    )::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 700 + n.number)::text, 12, '0'))::uuid,
    (
        '5ca1e011-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + 1 + (n.number - 1 + 133 * c.place) % 400)::text, 12, '0'
        )
    )::uuid,
    CASE WHEN n.number % 9 = 0 THEN 'guardian' ELSE 'parent' END,
    d.status::link_status,
    '2025-04-01 12:00Z',
    CASE d.status WHEN 'APPROVED' THEN timestamptz '2025-04-03 05:00Z' END,
    CASE d.status
        WHEN 'APPROVED'
            THEN (
                '5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 600)::text, 12, '0')
            )::uuid
    END
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 300) AS n (number)
CROSS JOIN LATERAL generate_series(0, CASE WHEN n.number % 10 = 1 THEN 2 ELSE 0 END) AS c (place)
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN n.number % 20 = 5 THEN 'PENDING' WHEN n.number % 50 = 7 THEN 'REJECTED' ELSE 'APPROVED'
    END AS status
) AS d
ON CONFLICT DO NOTHING;

-- A student of rank r (0 to 399) has begun 109 * (r / 400) ^ 2.2 of the 108 lessons of the grade,
-- the six subjects in
-- turn: one in eight has none, the median has 23, student 1 all. Two lessons a day, on days of
--       school only: no Sundays, no summer, autumn or winter holidays. Of what is begun, the first
--       85 % are done but for one in twelve.
INSERT INTO student_progress (
    id, student_id, lesson_id, status, progress, time_spent, attempts, last_accessed, started_at,
    completed_at, device_id
)
WITH school AS MATERIALIZED (
    SELECT
        current_setting('slate.slice')::bigint * 1000000 AS base,
        array_agg(d.day::date ORDER BY d.day) AS days
    FROM generate_series(timestamp '2025-04-01', '2026-03-27', '1 day') AS d (day)
    WHERE extract(isodow FROM d.day) < 7
        AND d.day NOT BETWEEN '2025-05-10' AND '2025-06-14'
        AND d.day NOT BETWEEN '2025-10-18' AND '2025-10-27'
        AND d.day NOT BETWEEN '2025-12-24' AND '2026-01-01'
        AND d.day NOT IN ('2025-08-15', '2025-10-02', '2026-01-26', '2026-03-04')
),

students AS MATERIALIZED (
    SELECT
        n AS number,
        floor(109 * power(((n * 167 + 232) % 400 + 0.5) / 400, 2.2))::integer AS lessons,
        (6 + n % 10 * 7 / 10) * 10000 AS grade, n % 5 < 3 AS is_active,
        ('5ca1e011-0000-4000-8000-' || lpad((s.base + n)::text, 12, '0'))::uuid AS id
    FROM school AS s
    CROSS JOIN generate_series(1, 400) AS n
)

SELECT
    ('5ca1e020-0000-4000-8000-' || lpad((s.base + st.number * 1000 + l)::text, 12, '0'))::uuid,
    st.id,
    (
        '5ca1e002-0000-4000-8000-' || lpad(
            (st.grade + (1 + l % 6) * 100 + 1 + l / 6)::text, 12, '0'
        )
    )::uuid,
    d.status::progress_status,
    CASE d.status WHEN 'COMPLETED' THEN 100 WHEN 'IN_PROGRESS' THEN 5 + c.chance % 90 ELSE 0 END,
    CASE WHEN d.status IN ('COMPLETED', 'IN_PROGRESS') THEN 120 + c.chance / 100 % 1500 ELSE 0 END,
    CASE WHEN d.status IN ('COMPLETED', 'IN_PROGRESS') THEN 1 + c.chance / 1000 % 3 ELSE 0 END,
    t.at,
    CASE WHEN d.status IN ('COMPLETED', 'IN_PROGRESS') THEN t.at - 30 * interval '1 minute' END,
    CASE d.status WHEN 'COMPLETED' THEN t.at END,
    (ARRAY['tablet', 'phone', 'laptop'])[1 + c.chance % 3] || '-' || st.number
FROM school AS s
CROSS JOIN students AS st
CROSS JOIN LATERAL generate_series(0, st.lessons - 1) AS l
CROSS JOIN LATERAL (SELECT abs(hashint8extended(s.base + st.number * 1000 + l, 2)) AS chance) AS c
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN l < 0.85 * st.lessons AND c.chance % 12 <> 0 THEN 'COMPLETED'
        WHEN l < 0.85 * st.lessons OR c.chance % 10 < 7 THEN 'IN_PROGRESS'
        WHEN c.chance % 10 < 9 THEN 'NOT_STARTED'
        ELSE 'LOCKED'
    END AS status
) AS d
CROSS JOIN LATERAL (
    -- Between 8:00 and 20:00 in Kolkata, twice as often in school hours as after them.
    SELECT
        (CASE
            WHEN st.is_active AND l >= st.lessons - 3
                THEN current_date - 1 - 2 * (st.lessons - 1 - l)
            ELSE s.days[1 + (
                (l / 2 + c.chance % 97 / 97.0) / ((st.lessons + 1) / 2) * cardinality(s.days)
            )::integer % cardinality(s.days)]
        END + make_interval(
            mins => (
                ARRAY[480, 540, 600, 660, 720, 780, 840, 1080, 1140]
            )[1 + c.chance / 97 % 9] + (c.chance % 60)::integer
        )) AT TIME ZONE 'Asia/Kolkata' AS at
) AS t
WHERE NOT EXISTS (SELECT 1 FROM student_progress AS p, school AS s2
    WHERE p.id = ('5ca1e020-0000-4000-8000-' || lpad((s2.base + 1000)::text, 12, '0'))::uuid);

-- Four of five lessons done are followed by their quiz: three of four pass at the first attempt,
-- some need three. The last attempt is final for nine of ten; one in twenty waits for a mark, one
-- in six was marked by hand the day after.
INSERT INTO submissions (
    id, student_id, quiz_id, answers, score, max_score, time_spent, attempt, is_final, submitted_at,
    graded_at, graded_by, device_id
)
SELECT
    ('5ca1e021-000' || a || '-' || right(sp.id::text, 22))::uuid,
    sp.student_id,
    ('5ca1e003-' || right(sp.lesson_id::text, 27))::uuid,
    '["1", "2", "3"]',
    m.score,
    6,
    60 + c.chance / 50 % 500,
    a,
    a = t.attempts AND c.chance % 10 > 0,
    sp.last_accessed + a * interval '12 minutes',
    CASE WHEN m.score IS NOT NULL
        THEN
            sp.last_accessed + a * interval '12 minutes'
            + CASE WHEN h.by_hand THEN interval '1 day' ELSE '0' END
    END,
    CASE WHEN m.score IS NOT NULL AND h.by_hand
        THEN (
            '5ca1e011-0000-4000-8000-' || lpad(
                (p.slice * 1000000 + 501 + c.chance % 18)::text, 12, '0'
            )
        )::uuid
    END,
    sp.device_id
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
INNER JOIN student_progress AS sp
    ON sp.student_id BETWEEN (
        '5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000)::text, 12, '0')
    )::uuid
        AND ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 400)::text, 12, '0'))::uuid
    AND sp.status = 'COMPLETED'
CROSS JOIN LATERAL (SELECT abs(hashint8extended(right(sp.id::text, 12)::bigint, 3)) AS chance) AS o
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.chance % 20 < 15 THEN 1 WHEN o.chance % 20 < 18 THEN 2 ELSE 3 END AS attempts
) AS t
CROSS JOIN LATERAL generate_series(1, t.attempts) AS a
CROSS JOIN LATERAL (SELECT o.chance / 20 + a AS chance) AS c
CROSS JOIN LATERAL (
    -- Six points; an attempt that is followed by another has not passed.
    SELECT CASE
        WHEN a < t.attempts THEN (ARRAY[16.67, 33.33, 50.00, 66.67])[1 + c.chance % 4]
        WHEN c.chance % 20 > 0 THEN (ARRAY[83.33, 100.00, 83.33, 66.67])[1 + c.chance / 20 % 4]
    END AS score
) AS m
CROSS JOIN LATERAL (SELECT c.chance % 6 = 0 AS by_hand) AS h
WHERE o.chance / 7 % 5 < 4
    AND NOT EXISTS (
        SELECT 1 FROM submission_keys AS k
        WHERE k.student_id = (
            '5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 1)::text, 12, '0')
        )::uuid
    );

-- A student's day from the facts of that day, as refresh_analytics() computes it; time_spent is
-- counted by the trigger. XP of the day: 20 for a lesson done, 5 for a quiz.
INSERT INTO learning_analytics (
    id, student_id, date, lessons_completed, quizzes_taken, average_score, xp_gained,
    subjects_studied, peak_performance_hour
)
WITH slice AS (
    SELECT
        current_setting('slate.slice')::bigint AS number,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 1)::text, 12, '0'
            )
        )::uuid
            AS first_student,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 400)::text, 12, '0'
            )
        )::uuid
            AS last_student
),

lessons_done AS (
    SELECT
        sp.student_id,
        (sp.last_accessed AT TIME ZONE 'Asia/Kolkata')::date AS date,
        count(*) FILTER (WHERE sp.status = 'COMPLETED') AS completed,
        array_agg(DISTINCT n.subject ORDER BY n.subject) AS subjects
    FROM slice AS s
    INNER JOIN student_progress AS sp ON sp.student_id BETWEEN s.first_student AND s.last_student
    CROSS JOIN LATERAL (
        SELECT ('{Mathematics,Science,English,Hindi,Social Studies,Computer Science}'::text[])[
            right(sp.lesson_id::text, 4)::integer / 100
        ] AS subject
    ) AS n
    GROUP BY sp.student_id, 2
),

hours AS (
    SELECT
        su.student_id, date_trunc('hour', su.submitted_at AT TIME ZONE 'Asia/Kolkata') AS hour,
        count(*) AS taken, sum(su.score) AS score_sum, count(su.score) AS scored
    FROM slice AS s
    INNER JOIN submissions AS su ON su.student_id BETWEEN s.first_student AND s.last_student
    GROUP BY su.student_id, 2
),

quizzes_done AS (
    SELECT
        h.student_id,
        h.hour::date AS date,
        sum(h.taken) AS taken,
        round(sum(h.score_sum) / nullif(sum(h.scored), 0), 2) AS average_score,
        (array_agg(
            extract(hour FROM h.hour)::integer
            ORDER BY h.score_sum / nullif(h.scored, 0) DESC NULLS LAST, h.hour
        )
            FILTER (WHERE h.scored > 0))[1] AS peak_hour
    FROM hours AS h
    GROUP BY h.student_id, h.hour::date
)

SELECT
    (
        '5ca1e022-' || to_char(l.date, 'YYMM-4DD0') || '-8000-' || right(l.student_id::text, 12)
    )::uuid,
    l.student_id,
    l.date,
    l.completed,
    coalesce(q.taken, 0),
    q.average_score,
    20 * l.completed + 5 * coalesce(q.taken, 0),
    l.subjects,
    q.peak_hour
FROM lessons_done AS l
LEFT JOIN quizzes_done AS q ON q.student_id = l.student_id AND q.date = l.date
WHERE NOT EXISTS (SELECT 1 FROM profiles AS p, slice AS s WHERE p.user_id = s.first_student)
ORDER BY l.student_id, l.date
ON CONFLICT (student_id, date) DO UPDATE
SET lessons_completed = EXCLUDED.lessons_completed,
    quizzes_taken = EXCLUDED.quizzes_taken,
    average_score = EXCLUDED.average_score,
    xp_gained = EXCLUDED.xp_gained,
    subjects_studied = EXCLUDED.subjects_studied,
    peak_performance_hour = EXCLUDED.peak_performance_hour;

-- Badges for what was done, as their criteria say; the streaks are those of the profiles below.
INSERT INTO earned_badges (id, user_id, badge_id, earned_at)
WITH slice AS (
    SELECT
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 1)::text, 12, '0'
            )
        )::uuid
            AS first_student,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 400)::text, 12, '0'
            )
        )::uuid
            AS last_student
),

students AS (
    SELECT
        sp.student_id,
        right(sp.student_id::text, 6)::integer AS number,
        count(*) FILTER (WHERE sp.status = 'COMPLETED') AS lessons,
        max(sp.last_accessed) AS last_active
    FROM slice AS s
    INNER JOIN student_progress AS sp ON sp.student_id BETWEEN s.first_student AND s.last_student
    GROUP BY sp.student_id
),

quizzes_done AS (
    SELECT
        su.student_id,
        count(DISTINCT su.quiz_id) FILTER (WHERE su.score >= 70) AS passed,
        count(*) FILTER (WHERE su.score = 100) AS perfect
    FROM slice AS s
    INNER JOIN submissions AS su ON su.student_id BETWEEN s.first_student AND s.last_student
    GROUP BY su.student_id
)

SELECT
    (
        '5ca1e023-0000-400' || right(b.id::text, 1) || '-8000-' || right(st.student_id::text, 12)
    )::uuid,
    st.student_id,
    b.id,
    least(st.last_active, '2026-03-27 14:00Z')
FROM students AS st
LEFT JOIN quizzes_done AS q ON q.student_id = st.student_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN st.number % 5 < 3 THEN st.number % 37 ELSE 0 END AS streak
) AS d
INNER JOIN badges AS b
    ON b.id BETWEEN '80000000-0000-4000-8000-000000000001'
    AND '80000000-0000-4000-8000-000000000009'
    AND CASE right(b.id::text, 1)
        WHEN '1' THEN st.lessons >= 1
        WHEN '2' THEN st.lessons >= 10
        WHEN '3' THEN st.lessons >= 100
        WHEN '4' THEN q.passed >= 5
        WHEN '5' THEN q.perfect >= 1
        WHEN '6' THEN d.streak >= 3
        WHEN '7' THEN d.streak >= 7
        WHEN '8' THEN d.streak >= 30
        ELSE st.number BETWEEN 1 AND 60
    END
WHERE NOT EXISTS (SELECT 1 FROM profiles AS p, slice AS s WHERE p.user_id = s.first_student)
ORDER BY st.student_id, b.id
ON CONFLICT DO NOTHING;

-- What the game and the teachers told: 25 messages a student, twice as many for every tenth; nine
-- of ten are read.
INSERT INTO user_notifications (
    id, user_id, title, message, type, priority, is_read, data, expires_at, created_at
)
SELECT
    (
        '5ca1e024-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number * 1000 + m)::text, 12, '0')
    )::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    CASE
        WHEN c.chance % 8 < 4 THEN 'New assignment'
        WHEN c.chance % 8 < 7 THEN 'Do not lose your streak'
        ELSE 'News'
    END,
    'See what is new.',
    CASE
        WHEN c.chance % 8 < 4 THEN 'ASSIGNMENT'
        WHEN c.chance % 8 < 7 THEN 'REMINDER'
        ELSE 'ANNOUNCEMENT'
    END::notification_type,
    (
        ARRAY['LOW', 'NORMAL', 'NORMAL', 'NORMAL', 'HIGH', 'URGENT']
    )[1 + c.chance / 8 % 6]::notification_priority,
    c.chance / 50 % 10 > 0,
    '{"screen": "home"}',
    CASE WHEN c.chance % 8 BETWEEN 4 AND 6 THEN c.at + interval '3 days' END,
    c.at
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400) AS n (number)
CROSS JOIN LATERAL generate_series(1, CASE WHEN n.number % 10 = 1 THEN 50 ELSE 23 END) AS m
CROSS JOIN LATERAL (
    SELECT
        h.chance,
        timestamptz '2025-04-01 03:00Z' + (
            h.chance / 7 % 360 * 1440 + h.chance / 11 % 600
        ) * interval '1 minute' AS at
    FROM (SELECT abs(hashint8extended(p.slice * 1000000 + n.number * 1000 + m, 5)) AS chance) AS h
) AS c
ON CONFLICT DO NOTHING;

-- Students with what their days and badges brought; staff and guardians with a name.
INSERT INTO profiles (
    id, user_id, first_name, last_name, display_name, grade, xp_points, crystals, sparks, streak,
    total_time_spent, last_active, created_at
)
WITH slice AS (
    SELECT
        current_setting('slate.slice')::bigint AS number,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 1)::text, 12, '0'
            )
        )::uuid
            AS first_student,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 400)::text, 12, '0'
            )
        )::uuid
            AS last_student
),

days AS (
    SELECT a.student_id, sum(a.xp_gained) AS xp, sum(a.total_time_spent) AS seconds
    FROM slice AS s
    INNER JOIN learning_analytics AS a ON a.student_id BETWEEN s.first_student AND s.last_student
    GROUP BY a.student_id
),

rewards AS (
    SELECT
        e.user_id,
        sum((e.progress_data #>> '{paid,xp}')::integer) AS xp,
        sum((e.progress_data #>> '{paid,crystals}')::integer) AS crystals,
        sum((e.progress_data #>> '{paid,sparks}')::integer) AS sparks
    FROM slice AS s
    INNER JOIN earned_badges AS e ON e.user_id BETWEEN s.first_student AND s.last_student
    GROUP BY e.user_id
),

visits AS (
    SELECT sp.student_id, max(sp.last_accessed) AS last_active
    FROM slice AS s
    INNER JOIN student_progress AS sp ON sp.student_id BETWEEN s.first_student AND s.last_student
    GROUP BY sp.student_id
)

SELECT
    ('5ca1e015-' || right(u.id::text, 27))::uuid,
    u.id,
    c.first_name,
    c.last_name,
    c.first_name || ' ' || left(c.last_name, 1) || '.',
    CASE WHEN n.number <= 400 THEN 6 + n.number % 10 * 7 / 10 END,
    coalesce(d.xp, 0) + coalesce(r.xp, 0),
    coalesce(r.crystals, 0),
    coalesce(r.sparks, 0),
    CASE WHEN n.number <= 400
        AND n.number % 5 < 3
        AND v.student_id IS NOT NULL THEN n.number % 37 ELSE 0 END,
    coalesce(d.seconds, 0),
    coalesce(v.last_active, '2025-03-15 04:00Z'),
    '2025-03-15 04:00Z'
FROM slice AS s
CROSS JOIN (
    SELECT * FROM generate_series(1, 400)
    UNION ALL SELECT * FROM generate_series(501, 518)
    UNION ALL SELECT 600
    UNION ALL SELECT * FROM generate_series(701, 1000)
) AS n (number)
CROSS JOIN LATERAL (
    SELECT (
        '5ca1e011-0000-4000-8000-' || lpad((s.number * 1000000 + n.number)::text, 12, '0')
    )::uuid AS id
) AS u
CROSS JOIN LATERAL (
    SELECT
        (ARRAY[
            'Aarav', 'Aditi', 'Arjun', 'Diya', 'Ishaan', 'Kavya',
            'Meera', 'Nikhil', 'Priya', 'Rohan', 'Sara', 'Veer'
        ])[
            1 + abs(hashint8extended(s.number * 1000000 + n.number, 6)) % 12
        ] AS first_name,
        (ARRAY[
            'Deshpande', 'Gupta', 'Iyer', 'Joshi', 'Khan', 'Kulkarni',
            'Nair', 'Patil', 'Rao', 'Shaikh', 'Verma'
        ])[
            1 + abs(hashint8extended(s.number * 1000000 + n.number, 7)) % 11
        ] AS last_name
) AS c
LEFT JOIN days AS d ON d.student_id = u.id
LEFT JOIN rewards AS r ON r.user_id = u.id
LEFT JOIN visits AS v ON v.student_id = u.id
ON CONFLICT DO NOTHING;

-- Three assignments a class in the year, every 70 days, and one that is due within the next
-- fortnight (current_date).
INSERT INTO assignments (
    id, title, description, class_id, due_date, submission_type, is_published, late_penalty,
    created_by, created_at
)
SELECT
    (
        '5ca1e030-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + c.section * 100 + c.place * 10 + a)::text, 12, '0'
        )
    )::uuid,
    (ARRAY['Unit work', 'Group project', 'Revision', 'Term paper'])[a],
    'Two pages, with sources.',
    (
        '5ca1e012-0000-4000-8000-' || lpad(
            (p.slice * 1000000 + c.section * 10 + c.place)::text, 12, '0'
        )
    )::uuid,
    CASE
        WHEN a = 4
            THEN (
                current_date + 1 + (c.section * 6 + c.place) % 14
            ) + interval '18 hours 30 minutes'
        ELSE timestamptz '2025-07-10 18:30Z' + (a - 1) * interval '70 days'
    END,
    (ARRAY['TEXT', 'PROJECT', 'FILE', 'TEXT'])[a]::assignment_type,
    a = 4 OR (c.section + c.place) % 20 > 0,
    10,
    ('5ca1e011-0000-4000-8000-'
        || lpad((p.slice * 1000000 + 498 + 3 * c.place + c.section % 3)::text, 12, '0'))::uuid,
    timestamptz '2025-06-20 05:00Z' + (a - 1) * interval '70 days'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN (
    SELECT s.n AS section, t.n AS place
    FROM generate_series(0, 9) AS s (n), generate_series(1, 6) AS t (n)
) AS c
CROSS JOIN generate_series(1, 4) AS a
ON CONFLICT DO NOTHING;

-- A third of those who attend hand in past work, one in ten of them late; four of five have a mark.
INSERT INTO assignment_submissions (
    id, assignment_id, student_id, content, submitted_at, score, feedback, graded_at, graded_by
)
SELECT
    ('5ca1e031-000' || a || right(e.id::text, 23))::uuid,
    (
        '5ca1e030-0000-4000-8000-' || lpad((c.class * 10 + a + p.slice * 1000000)::text, 12, '0')
    )::uuid,
    e.student_id,
    'What I found out …',
    d.due_date - (c.chance / 100 % 90 - 9) * interval '2 hours',
    CASE WHEN c.chance % 5 > 0 THEN 40 + c.chance / 7 % 61 END,
    CASE WHEN c.chance % 5 = 1 THEN 'Good sources.' END,
    CASE WHEN c.chance % 5 > 0 THEN d.due_date + interval '3 days' END,
    CASE WHEN c.chance % 5 > 0
        THEN ('5ca1e011-0000-4000-8000-'
            || lpad(
                (p.slice * 1000000 + 498 + 3 * (c.class % 10) + c.class / 10 % 3)::text, 12, '0'
            ))::uuid
    END
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
INNER JOIN enrollments AS e
    ON e.student_id BETWEEN (
        '5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 1)::text, 12, '0')
    )::uuid
        AND ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + 400)::text, 12, '0'))::uuid
    AND e.status = 'ACTIVE'
CROSS JOIN generate_series(1, 3) AS a
CROSS JOIN LATERAL (
    SELECT
        abs(hashint8extended(right(e.id::text, 12)::bigint * 10 + a, 8)) AS chance,
        right(e.class_id::text, 6)::integer AS class
) AS c
CROSS JOIN LATERAL (
    SELECT timestamptz '2025-07-10 18:30Z' + (a - 1) * interval '70 days' AS due_date
) AS d
WHERE c.chance / 10 % 3 = 0 AND (c.class / 10 + c.class % 10) % 20 > 0
ON CONFLICT DO NOTHING;

-- Six guilds of ten: students 1 to 60, ten by ten, the first leads. Half of the quests are done.
INSERT INTO guilds (id, name, description, leader_id, school_id, created_at)
SELECT
    ('5ca1e040-0000-4000-8000-' || lpad((p.slice * 1000000 + g)::text, 12, '0'))::uuid,
    (
        ARRAY['Otters', 'Falcons', 'Tigers', 'Dolphins', 'Elephants', 'Owls']
    )[g] || ' of school ' || p.slice,
    'We learn together.',
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + g * 10 - 9)::text, 12, '0'))::uuid,
    ('5ca1e010-0000-4000-8000-' || lpad((p.slice * 1000000)::text, 12, '0'))::uuid,
    '2025-07-01 10:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 6) AS g
ON CONFLICT DO NOTHING;

INSERT INTO guild_memberships (id, guild_id, student_id, role, joined_at, contribution_xp)
SELECT
    ('5ca1e041-0000-4000-8000-' || lpad((p.slice * 1000000 + n)::text, 12, '0'))::uuid,
    ('5ca1e040-0000-4000-8000-' || lpad((p.slice * 1000000 + (n + 9) / 10)::text, 12, '0'))::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n)::text, 12, '0'))::uuid,
    CASE WHEN n % 10 = 2 THEN 'OFFICER' ELSE 'MEMBER' END::guild_role,
    '2025-07-02 10:00Z',
    abs(hashint8extended(p.slice * 1000000 + n, 9)) % 20 * 10
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 60) AS n
WHERE n % 10 <> 1
ON CONFLICT DO NOTHING;

INSERT INTO guild_quests (
    id, title, description, guild_id, target_value, current_value, reward_xp, starts_at, ends_at,
    created_at
)
SELECT
    ('5ca1e042-0000-4000-8000-' || lpad((p.slice * 1000000 + g)::text, 12, '0'))::uuid,
    'Fifty lessons', 'Complete fifty lessons together.',
    ('5ca1e040-0000-4000-8000-' || lpad((p.slice * 1000000 + g)::text, 12, '0'))::uuid, 50,
    CASE WHEN g % 2 = 0 THEN 50 ELSE 7 * g END, 500, '2025-08-01 10:00Z', '2025-12-01 10:00Z',
    '2025-08-01 10:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 6) AS g
ON CONFLICT DO NOTHING;

-- Every second student has a device that works offline; one upload in twelve met a newer row, one
-- of those still waits.
INSERT INTO sync_logs (
    id, user_id, device_id, actions, status, processed_actions, processed_at, created_at
)
SELECT
    (
        '5ca1e050-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number * 10 + u)::text, 12, '0')
    )::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    'tablet-' || n.number, '[{"action": "progress", "progress": 40}]', 'COMPLETED', 1,
    c.at + interval '2 seconds', c.at
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400, 2) AS n (number)
CROSS JOIN generate_series(1, 3) AS u
CROSS JOIN LATERAL (
    SELECT
        timestamptz '2025-06-16 03:00Z' + (u * 80 + n.number % 40) * interval '1 day'
        + abs(
            hashint8extended(p.slice * 1000000 + n.number * 10 + u, 10)
        ) % 600 * interval '1 minute' AS at
) AS c
ON CONFLICT DO NOTHING;

INSERT INTO sync_conflicts (
    id, sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy,
    resolved_data, resolved_at, created_at
)
SELECT
    ('5ca1e051-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    (
        '5ca1e050-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number * 10 + 1)::text, 12, '0')
    )::uuid,
    'lesson_progress',
    (
        '5ca1e020-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number * 1000)::text, 12, '0')
    )::uuid,
    '{"progress": 40, "time_spent": 500, "base_version": 0}',
    '{"progress": 100, "time_spent": 900, "sync_version": 1}',
    CASE WHEN n.number % 48 <> 1 THEN 'merge' END,
    CASE WHEN n.number % 48 <> 1 THEN '{"progress": 100, "time_spent": 900}'::jsonb END,
    CASE WHEN n.number % 48 <> 1 THEN timestamptz '2025-11-01 03:00Z' END,
    '2025-11-01 03:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400, 8) AS n (number)
ON CONFLICT DO NOTHING;

-- Every fourth student asks the companion, three times; half of the answers are rated.
INSERT INTO ai_interactions (
    id, student_id, interaction_type, context, ai_response, student_feedback, was_helpful,
    created_at
)
SELECT
    (
        '5ca1e060-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number * 10 + i)::text, 12, '0')
    )::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n.number)::text, 12, '0'))::uuid,
    (ARRAY['hint', 'encouragement', 'challenge'])[i],
    '{"screen": "lesson"}',
    'What would you do to both sides?',
    CASE WHEN c.chance % 2 = 0 THEN 1 + c.chance / 2 % 5 END,
    CASE WHEN c.chance % 2 = 0 THEN c.chance / 2 % 5 > 1 END,
    timestamptz '2025-06-20 05:00Z' + c.chance % 250 * interval '1 day'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400, 4) AS n (number)
CROSS JOIN generate_series(1, 3) AS i
CROSS JOIN LATERAL (
    SELECT abs(hashint8extended(p.slice * 1000000 + n.number * 10 + i, 11)) AS chance
) AS c
ON CONFLICT DO NOTHING;

INSERT INTO learning_preferences (
    id, student_id, learning_style, difficulty_preference, session_length_preference,
    preferred_subjects, updated_at
)
SELECT
    ('5ca1e061-0000-4000-8000-' || lpad((p.slice * 1000000 + n)::text, 12, '0'))::uuid,
    ('5ca1e011-0000-4000-8000-' || lpad((p.slice * 1000000 + n)::text, 12, '0'))::uuid,
    (ARRAY['visual', 'auditory', 'kinesthetic'])[1 + n % 3],
    n % 11 / 10.0,
    20 + n % 3 * 10,
    CASE WHEN n % 4 > 0 THEN ARRAY['Science', 'English'] END,
    '2025-06-20 05:00Z'
FROM (SELECT current_setting('slate.slice')::bigint AS slice) AS p
CROSS JOIN generate_series(1, 400, 2) AS n
ON CONFLICT DO NOTHING;

-- The school's and the classes' boards of all time, as rebuild_leaderboards() writes them.
INSERT INTO leaderboards (id, scope, scope_id, timeframe, rankings, last_updated)
WITH slice AS (
    SELECT
        current_setting('slate.slice')::bigint AS number,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 1)::text, 12, '0'
            )
        )::uuid
            AS first_student,
        (
            '5ca1e011-0000-4000-8000-' || lpad(
                (current_setting('slate.slice')::bigint * 1000000 + 400)::text, 12, '0'
            )
        )::uuid
            AS last_student
),

students AS MATERIALIZED (
    SELECT p.user_id, p.display_name, p.level, p.xp_points
    FROM slice AS s
    INNER JOIN profiles AS p ON p.user_id BETWEEN s.first_student AND s.last_student
    WHERE right(p.user_id::text, 6)::integer % 50 <> 49 AND p.xp_points > 0
),

ranked AS (
    SELECT
        pl.scope,
        pl.scope_id,
        st.user_id,
        st.display_name,
        st.level,
        st.xp_points,
        rank() OVER board AS place,
        row_number() OVER (
            PARTITION BY pl.scope, pl.scope_id
            ORDER BY st.xp_points DESC, st.display_name, st.user_id
        ) AS line
    FROM (
        SELECT e.student_id, 'CLASS' AS scope, e.class_id AS scope_id
        FROM slice AS s
        INNER JOIN enrollments AS e
            ON e.student_id BETWEEN s.first_student AND s.last_student AND e.status = 'ACTIVE'
        UNION ALL
        SELECT
            st.user_id,
            'SCHOOL',
            ('5ca1e010-0000-4000-8000-' || lpad((s.number * 1000000)::text, 12, '0'))::uuid
        FROM slice AS s
        CROSS JOIN students AS st
    ) AS pl
    INNER JOIN students AS st ON st.user_id = pl.student_id
    WINDOW board AS (PARTITION BY pl.scope, pl.scope_id ORDER BY st.xp_points DESC)
)

SELECT
    ('5ca1e070-' || right(r.scope_id::text, 27))::uuid,
    r.scope::leaderboard_scope,
    r.scope_id,
    'ALL_TIME',
    jsonb_agg(jsonb_build_object(
        'rank', r.place, 'user_id', r.user_id, 'display_name', r.display_name, 'level', r.level,
        'xp', r.xp_points
    ) ORDER BY r.place, r.display_name, r.user_id),
    '2026-03-27 14:05Z'
FROM ranked AS r
WHERE r.line <= 100
GROUP BY r.scope, r.scope_id
ON CONFLICT DO NOTHING;

-- The summary is of all schools: it is filled once here, for the first, and from then on by the
-- job.
DO $$
BEGIN
    IF current_setting('slate.slice')::integer = 1 THEN
        REFRESH MATERIALIZED VIEW class_performance_summary;
    END IF;
END;
$$;
