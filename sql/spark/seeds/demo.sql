-- A small world in which every feature has a row: two schools, three classes, a guild with a quest,
-- an offline conflict. Needs reference.sql. Safe to run again: fixed ids, and what is there stays.
-- Dates are relative to the first run.

INSERT INTO schools (id, name, address, district, state, country, timezone, contact_email) VALUES
('10000000-0000-4000-8000-000000000001', 'Vidya Mandir High School', '14 Karve Road, Pune', 'Pune',
    'Maharashtra',
    'India', 'Asia/Kolkata', 'office@vidyamandir.example'),
('10000000-0000-4000-8000-000000000002', 'Riverbank Academy', '3 Mill Lane, Bath', 'Somerset',
    'England',
    'United Kingdom', 'Europe/London', 'office@riverbank.example')
ON CONFLICT DO NOTHING;

-- No hash of any password: nobody can sign in with a demo account until one is set.
INSERT INTO users (
    id, username, email, password_hash, role, school_id, preferred_language, email_verified
)
SELECT
    ('20000000-0000-4000-8000-000000000' || u.number)::uuid, u.username,
    u.username || '@example.org', '!',
    u.role::user_role, ('10000000-0000-4000-8000-00000000000' || u.school)::uuid, u.language, true
FROM (
    VALUES
    ('001', 'sunita.deshpande', 'ADMIN', '1', 'en'),
    ('002', 'george.whitfield', 'ADMIN', '2', 'en'),
    ('101', 'meera.joshi', 'TEACHER', '1', 'en'),
    ('102', 'arjun.rao', 'TEACHER', '1', 'hi'),
    ('103', 'helen.clarke', 'TEACHER', '2', 'en'),
    ('201', 'aarav.patil', 'STUDENT', '1', 'hi'),
    ('202', 'diya.kulkarni', 'STUDENT', '1', 'en'),
    ('203', 'kabir.shaikh', 'STUDENT', '1', 'hi'),
    ('204', 'ananya.iyer', 'STUDENT', '1', 'en'),
    ('205', 'oliver.hughes', 'STUDENT', '2', 'en'),
    ('206', 'amelia.khan', 'STUDENT', '2', 'en'),
    ('301', 'priya.patil', 'GUARDIAN', NULL, 'hi'),
    ('302', 'rahul.kulkarni', 'GUARDIAN', NULL, 'en')
) AS u (number, username, role, school, language)
ON CONFLICT DO NOTHING;

INSERT INTO profiles (
    user_id, first_name, last_name, display_name, grade, xp_points, crystals, streak, last_active
)
SELECT
    u.id, initcap(split_part(u.username, '.', 1)), initcap(split_part(u.username, '.', 2)),
    initcap(split_part(u.username, '.', 1)), s.grade, coalesce(s.xp, 0), coalesce(s.crystals, 0),
    coalesce(s.streak, 0), now() - interval '1 day'
FROM users AS u
LEFT JOIN (
    VALUES
    ('aarav.patil', 8, 920, 40, 6),
    ('diya.kulkarni', 8, 380, 25, 2),
    ('kabir.shaikh', 8, 90, 5, 0),
    ('ananya.iyer', 8, 1610, 80, 11),
    ('oliver.hughes', 9, 250, 10, 1),
    ('amelia.khan', 9, 700, 30, 3)
) AS s (username, grade, xp, crystals, streak) ON s.username = u.username
WHERE u.id::text LIKE '20000000-0000-4000-8000-000000000%'
ON CONFLICT (user_id) DO NOTHING;

INSERT INTO classes (
    id, name, subject, grade, section, teacher_id, school_id, max_students, academic_year
)
VALUES
('30000000-0000-4000-8000-000000000001', 'Mathematics 8A', 'Mathematics', 8, 'A',
    '20000000-0000-4000-8000-000000000101', '10000000-0000-4000-8000-000000000001', 40, '2026-27'),
('30000000-0000-4000-8000-000000000002', 'Science 8A', 'Science', 8, 'A',
    '20000000-0000-4000-8000-000000000102', '10000000-0000-4000-8000-000000000001', 40, '2026-27'),
('30000000-0000-4000-8000-000000000003', 'Maths Year 9', 'Mathematics', 9, NULL,
    '20000000-0000-4000-8000-000000000103', '10000000-0000-4000-8000-000000000002', 30, '2026-27')
ON CONFLICT DO NOTHING;

INSERT INTO enrollments (student_id, class_id, status)
SELECT
    ('20000000-0000-4000-8000-000000000' || e.student)::uuid,
    ('30000000-0000-4000-8000-00000000000' || e.class)::uuid,
    e.status::enrollment_status
FROM (
    VALUES
    ('201', '1', 'ACTIVE'), ('202', '1', 'ACTIVE'), ('203', '1', 'ACTIVE'), ('204', '1', 'ACTIVE'),
    ('201', '2', 'ACTIVE'), ('204', '2', 'ACTIVE'), ('203', '2', 'DROPPED'),
    ('205', '3', 'ACTIVE'), ('206', '3', 'ACTIVE')
) AS e (student, class, status)
ON CONFLICT (student_id, class_id) DO NOTHING;

INSERT INTO guardian_links (guardian_id, student_id, relationship, status, approved_by) VALUES
('20000000-0000-4000-8000-000000000301', '20000000-0000-4000-8000-000000000201', 'parent',
    'APPROVED',
    '20000000-0000-4000-8000-000000000001'),
(
    '20000000-0000-4000-8000-000000000302', '20000000-0000-4000-8000-000000000202', 'parent',
    'PENDING', NULL
)
ON CONFLICT (guardian_id, student_id) DO NOTHING;

INSERT INTO courses (
    id, title, description, subject, grade, difficulty, estimated_hours, prerequisites,
    is_published, created_by
) VALUES
('40000000-0000-4000-8000-000000000001', 'Numbers and Operations',
    'Whole numbers, fractions, negative numbers.',
    'Mathematics', 7, 'EASY', 10, NULL, true, '20000000-0000-4000-8000-000000000101'),
('40000000-0000-4000-8000-000000000002', 'First Algebra', 'From a riddle to an equation.',
    'Mathematics', 8, 'MEDIUM', 12,
    '{40000000-0000-4000-8000-000000000001}', true, '20000000-0000-4000-8000-000000000101')
ON CONFLICT DO NOTHING;

INSERT INTO lessons (
    id, title, content, course_id, order_index, duration, keywords, difficulty_level, is_published,
    offline_content
) VALUES
('50000000-0000-4000-8000-000000000001', 'What Is a Variable?',
    '{"blocks": [{"type": "text", "text": "A box for a number."}]}',
    '40000000-0000-4000-8000-000000000002', 1, 20, '{algebra,variable}', 1, true,
    '{"packed": "A box for a number."}'),
('50000000-0000-4000-8000-000000000002', 'Balance the Scales',
    '{"blocks": [{"type": "game", "name": "scales"}]}',
    '40000000-0000-4000-8000-000000000002', 2, 25, '{algebra,equation}', 2, true, NULL),
('50000000-0000-4000-8000-000000000003', 'Equations in the Market',
    '{"blocks": [{"type": "story", "name": "market"}]}',
    '40000000-0000-4000-8000-000000000002', 3, 30, '{algebra,equation,money}', 3, true, NULL)
ON CONFLICT (id) DO NOTHING;

INSERT INTO quizzes (id, title, lesson_id, time_limit, is_published) VALUES
(
    '60000000-0000-4000-8000-000000000001', 'Variables: Check Yourself',
    '50000000-0000-4000-8000-000000000001', 10, true
)
ON CONFLICT DO NOTHING;

INSERT INTO questions (
    id, text, type, options, correct_answer, explanation, points, quiz_id, order_index
)
VALUES
('70000000-0000-4000-8000-000000000001', 'x + 3 = 7. What is x?', 'MULTIPLE_CHOICE',
    '["3", "4", "7", "10"]', '"4"',
    'Take 3 from both sides.', 2, '60000000-0000-4000-8000-000000000001', 1),
('70000000-0000-4000-8000-000000000002', 'A variable always has the same value.', 'TRUE_FALSE',
    NULL, 'false',
    'It stands for a number that may change.', 1, '60000000-0000-4000-8000-000000000001', 2)
ON CONFLICT (id) DO NOTHING;

INSERT INTO content_translations (
    content_id, content_type, language, translated_content, translation_quality,
    translated_by) VALUES
('50000000-0000-4000-8000-000000000001', 'lesson', 'hi', '{"title": "चर क्या है?"}', 0.95, 'human')
ON CONFLICT DO NOTHING;

-- What was done until noon of yesterday where the school is: the day before on one device, then on
-- another.
INSERT INTO student_progress (
    student_id, lesson_id, status, progress, time_spent, attempts, last_accessed, device_id
)
SELECT
    ('20000000-0000-4000-8000-000000000' || p.student)::uuid,
    ('50000000-0000-4000-8000-00000000000' || p.lesson)::uuid,
    p.status::progress_status, p.progress, p.seconds, 1,
    date_trunc('day', now(), z.timezone) - interval '12 hours' - p.ago::interval, p.device
FROM (
    VALUES
    ('201', '1', 'COMPLETED', 100, 1260, '1 day', 'tablet-7'),
    ('201', '2', 'IN_PROGRESS', 60, 700, '1 hour', 'phone-1'),
    ('202', '1', 'IN_PROGRESS', 45, 400, '2 hours', 'tablet-3'),
    ('204', '1', 'COMPLETED', 100, 900, '3 days', 'laptop-2'),
    ('204', '2', 'COMPLETED', 100, 1500, '2 days', 'laptop-2'),
    ('204', '3', 'IN_PROGRESS', 20, 300, '1 hour', 'laptop-2'),
    ('206', '1', 'COMPLETED', 100, 1100, '5 hours', 'tablet-9')
) AS p (student, lesson, status, progress, seconds, ago, device)
INNER JOIN users AS u ON u.id = ('20000000-0000-4000-8000-000000000' || p.student)::uuid
INNER JOIN schools AS z ON z.id = u.school_id
WHERE NOT EXISTS (
    SELECT 1
    FROM student_progress AS s
    WHERE s.student_id = ('20000000-0000-4000-8000-000000000' || p.student)::uuid
        AND s.lesson_id = ('50000000-0000-4000-8000-00000000000' || p.lesson)::uuid
);

INSERT INTO submissions (
    id, student_id, quiz_id, answers, score, time_spent, is_final, submitted_at, feedback
)
SELECT
    ('e0000000-0000-4000-8000-00000000000' || s.number)::uuid,
    ('20000000-0000-4000-8000-000000000' || s.student)::uuid,
    '60000000-0000-4000-8000-000000000001',
    s.answers::jsonb, s.score, s.seconds, s.final,
    date_trunc('day', now(), z.timezone) - interval '12 hours' - s.ago::interval, s.feedback
FROM (
    VALUES
    ('1', '201', '["3", false]', 33.33, 240, false, '1 day 1 hour', 'Look at the first one again.'),
    ('2', '201', '["4", false]', 100.00, 180, true, '1 day', 'Well done!'),
    ('3', '204', '["4", true]', 66.67, 150, true, '3 days', NULL),
    ('4', '206', '["4", false]', NULL, 200, true, '5 hours', NULL)
) AS s (number, student, answers, score, seconds, final, ago, feedback)
INNER JOIN users AS u ON u.id = ('20000000-0000-4000-8000-000000000' || s.student)::uuid
INNER JOIN schools AS z ON z.id = u.school_id
WHERE NOT EXISTS (
    SELECT 1
    FROM submissions AS o
    WHERE o.id = ('e0000000-0000-4000-8000-00000000000' || s.number)::uuid
);

INSERT INTO assignments (
    id, title, description, course_id, class_id, due_date, is_published, late_penalty, created_by,
    submission_type
) VALUES
('b0000000-0000-4000-8000-000000000001', 'Riddles as Equations',
    'Write three riddles and their equations.',
    '40000000-0000-4000-8000-000000000002', '30000000-0000-4000-8000-000000000001',
    now() + interval '7 days', true, 10,
    '20000000-0000-4000-8000-000000000101', 'TEXT'),
('b0000000-0000-4000-8000-000000000002', 'A Market Survey', 'Collect ten prices and compare.', NULL,
    '30000000-0000-4000-8000-000000000001', now() - interval '2 days', true, 10,
    '20000000-0000-4000-8000-000000000101', 'PROJECT')
ON CONFLICT DO NOTHING;

INSERT INTO assignment_submissions (
    assignment_id, student_id, content, submitted_at, score, feedback
)
VALUES
('b0000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000201',
    'Onions, 32 rupees a kilo …',
    now() - interval '3 days', 88, 'Good sources.'),
('b0000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000202',
    'Tomatoes, 40 rupees …',
    now() - interval '1 day', NULL, NULL)
ON CONFLICT DO NOTHING;

INSERT INTO guilds (id, name, description, leader_id, school_id, max_members) VALUES
('90000000-0000-4000-8000-000000000001', 'The Pune Primes', 'Indivisible.',
    '20000000-0000-4000-8000-000000000204',
    '10000000-0000-4000-8000-000000000001', 5)
ON CONFLICT DO NOTHING;

INSERT INTO guild_memberships (guild_id, student_id, role, contribution_xp) VALUES
('90000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000201', 'OFFICER', 120),
('90000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000202', 'MEMBER', 40)
ON CONFLICT (guild_id, student_id) DO NOTHING;

INSERT INTO guild_quests (
    id, title, description, guild_id, target_value, current_value, reward_xp, ends_at
)
VALUES
('a0000000-0000-4000-8000-000000000001', 'Fifty Lessons', 'Complete fifty lessons together.',
    '90000000-0000-4000-8000-000000000001', 50, 18, 500, now() + interval '14 days'),
('a0000000-0000-4000-8000-000000000002', 'Ten Quizzes', 'Pass ten quizzes together.',
    '90000000-0000-4000-8000-000000000001', 10, 10, 200, now() + interval '7 days')
ON CONFLICT DO NOTHING;

INSERT INTO user_notifications (id, user_id, title, message, type, priority, is_read, expires_at)
VALUES
('f0000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000201', 'New assignment',
    'Riddles as Equations is due in a week.', 'ASSIGNMENT', 'HIGH', false,
    now() + interval '7 days'),
('f0000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000201', 'Welcome to Spark',
    'Have fun!',
    'SYSTEM', 'LOW', true, NULL)
ON CONFLICT DO NOTHING;

-- Two devices worked on one lesson; merge kept the further of each. And one that waits for a
-- decision.
INSERT INTO sync_logs (id, user_id, device_id, actions, status, processed_actions, processed_at)
VALUES
('c0000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000201', 'tablet-7',
    '[{"lesson_id": "50000000-0000-4000-8000-000000000002", "progress": 40}]', 'COMPLETED', 1,
    now()),
('c0000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000202', 'tablet-3',
    '[{"lesson_id": "50000000-0000-4000-8000-000000000001", "progress": 30}]', 'PROCESSING', 0,
    NULL)
ON CONFLICT DO NOTHING;

INSERT INTO sync_conflicts (
    id, sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy,
    resolved_data, resolved_at
)
SELECT
    c.id::uuid, c.log_id::uuid, 'lesson_progress', p.id, c.client::jsonb, to_jsonb(p), c.strategy,
    CASE
        WHEN c.strategy IS NOT NULL THEN to_jsonb(p)
    END, CASE
        WHEN c.strategy IS NOT NULL THEN now()
    END
FROM (
    VALUES
    ('d0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', '201', '2',
        '{"progress": 40, "time_spent": 500, "base_version": 1}', 'merge'),
    ('d0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000002', '202', '1',
        '{"progress": 30, "time_spent": 350, "base_version": 0}', NULL)
) AS c (id, log_id, student, lesson, client, strategy)
INNER JOIN student_progress AS p
    ON p.student_id = ('20000000-0000-4000-8000-000000000' || c.student)::uuid
    AND p.lesson_id = ('50000000-0000-4000-8000-00000000000' || c.lesson)::uuid
ON CONFLICT DO NOTHING;

INSERT INTO ai_interactions (
    id, student_id, interaction_type, context, ai_response, student_feedback, was_helpful
)
VALUES
('f1000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000202', 'hint',
    '{"lesson_id": "50000000-0000-4000-8000-000000000001"}', 'What would you do to both sides?', 5,
    true)
ON CONFLICT DO NOTHING;

INSERT INTO learning_preferences (
    student_id, learning_style, difficulty_preference, preferred_subjects
)
VALUES
('20000000-0000-4000-8000-000000000201', 'visual', 0.7, '{Mathematics,Science}'),
('20000000-0000-4000-8000-000000000202', 'auditory', 0.4, '{English}')
ON CONFLICT (student_id) DO NOTHING;

-- Everything that is derived: badges with their rewards, the days, the boards, the summary.
DO $$
BEGIN
    PERFORM award_badges(u.id)
    FROM users AS u
    WHERE u.role = 'STUDENT' AND u.id::text LIKE '20000000-0000-4000-8000-000000000%';
    PERFORM refresh_analytics(d.today - 4, d.today)
    FROM (SELECT min((now() AT TIME ZONE s.timezone)::date) AS today FROM schools AS s) AS d;
    PERFORM rebuild_leaderboards();
END;
$$;

REFRESH MATERIALIZED VIEW class_performance_summary;
