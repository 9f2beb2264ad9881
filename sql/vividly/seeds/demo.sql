-- A week at two Nashville high schools, and a second district that must see none of it. Runs after
-- reference.sql. Jordan Ellis (user_12345) of class_abc123 learns mechanics through basketball;
-- Will Tran struggles twice; Can Demir has dropped out and come back; nobody can sign in, the
-- password hashes are of nothing.

INSERT INTO organizations (
    id, name, org_type, parent_id, address, city, state, zip_code, phone, metadata
)
VALUES
('org_mnps', 'Metro Nashville Public Schools', 'district', NULL, '2601 Bransford Ave', 'Nashville',
 'TN', '37204', '615-555-0100', '{"contract_end": "2029-06-30"}'),
('org_cedar', 'Cedar County Schools', 'district', NULL, '12 Courthouse Sq', 'Lebanon', 'TN',
 '37087', '615-555-0190', '{"contract_end": "2029-06-30"}'),
('school_hillsboro_hs', 'Hillsboro High School', 'school', 'org_mnps', '3812 Hillsboro Pike',
 'Nashville', 'TN', '37215', '615-555-0110', '{}'),
('school_overton_hs', 'Overton High School', 'school', 'org_mnps', '4820 Franklin Pike',
 'Nashville', 'TN', '37220', '615-555-0120', '{}'),
('school_cedar_hs', 'Cedar County High School', 'school', 'org_cedar', '40 School Ln', 'Lebanon',
 'TN', '37087', '615-555-0191', '{}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO users (
    id, email, password_hash, email_verified, first_name, last_name, role, org_id, last_login_at
)
SELECT
    p.id, p.email, '$2b$12$' || repeat('.', 53), true, p.first_name, p.last_name, p.role::user_role,
        p.org_id,
    now() - p.idle::interval
FROM (
    VALUES
    ('user_vividly_admin', 'noor.haddad@vividly.example', 'Noor', 'Haddad', 'vividly_admin',
        'org_vividly', '2 hours'),
    ('user_vividly_ops', 'petra.lang@vividly.example', 'Petra', 'Lang', 'vividly_ops',
        'org_vividly', '1 day'),
    ('user_vividly_curriculum', 'amara.obi@vividly.example', 'Amara', 'Obi', 'vividly_curriculum',
        'org_vividly', '3 days'),
    ('user_mnps_admin', 'denise.walker@mnps.example', 'Denise', 'Walker', 'district_admin',
        'org_mnps', '5 hours'),
    ('user_cedar_admin', 'harold.pike@cedar.example', 'Harold', 'Pike', 'district_admin',
        'org_cedar', '9 days'),
    ('user_hillsboro_admin', 'luis.ortega@mnps.example', 'Luis', 'Ortega', 'school_admin',
        'school_hillsboro_hs', '1 day'),
    ('user_overton_admin', 'grace.kim@mnps.example', 'Grace', 'Kim', 'school_admin',
        'school_overton_hs', '4 days'),
    ('user_teacher_reed', 'marian.reed@mnps.example', 'Marian', 'Reed', 'teacher',
        'school_hillsboro_hs', '3 hours'),
    ('user_teacher_osei', 'kofi.osei@mnps.example', 'Kofi', 'Osei', 'teacher',
        'school_hillsboro_hs', '2 days'),
    ('user_teacher_novak', 'jana.novak@mnps.example', 'Jana', 'Novak', 'teacher',
        'school_overton_hs', '1 day'),
    ('user_teacher_cole', 'ben.cole@cedar.example', 'Ben', 'Cole', 'teacher', 'school_cedar_hs',
        '6 days')
) AS p (id, email, first_name, last_name, role, org_id, idle)
ON CONFLICT (id) DO NOTHING;

INSERT INTO users (
    id, email, password_hash, email_verified, first_name, last_name, role, org_id, student_id,
    grade_level, last_login_at
)
SELECT
    s.id, s.email, '$2b$12$' || repeat('.', 53), true, s.first_name, s.last_name, 'student',
        s.org_id, s.number,
    s.grade_level, now() - s.idle::interval
FROM (
    VALUES
    ('user_12345', 'jordan.ellis@student.example', 'Jordan', 'Ellis', 'school_hillsboro_hs',
        '190234', 10, '1 hour'),
    ('user_12346', 'will.tran@student.example', 'Will', 'Tran', 'school_hillsboro_hs', '190235', 10,
        '1 day'),
    ('user_12347', 'can.demir@student.example', 'Can', 'Demir', 'school_hillsboro_hs', '190236', 10,
        '2 days'),
    ('user_12348', 'aisha.bello@student.example', 'Aisha', 'Bello', 'school_hillsboro_hs', '190237',
        9, '3 hours'),
    ('user_12349', 'sofia.reyes@student.example', 'Sofia', 'Reyes', 'school_hillsboro_hs', '190238',
        10, '5 days'),
    ('user_12350', 'liam.byrne@student.example', 'Liam', 'Byrne', 'school_hillsboro_hs', '190239',
        11, NULL),
    ('user_12351', 'mei.zhou@student.example', 'Mei', 'Zhou', 'school_overton_hs', '190301', 11,
        '7 hours'),
    ('user_12352', 'omar.said@student.example', 'Omar', 'Said', 'school_overton_hs', '190302', 12,
        '2 days'),
    ('user_12353', 'ella.fox@student.example', 'Ella', 'Fox', 'school_overton_hs', '190303', 10,
        '12 days'),
    -- The same number in another district is another student.
    ('user_22001', 'tyler.moss@student.example', 'Tyler', 'Moss', 'school_cedar_hs', '190234', 9,
        '8 days'),
    ('user_22002', 'ruth.abel@student.example', 'Ruth', 'Abel', 'school_cedar_hs', '200118', 12,
        '1 day')
) AS s (id, email, first_name, last_name, org_id, number, grade_level, idle)
ON CONFLICT (id) DO NOTHING;

-- Liam has just asked for a new password; the token itself went out by e-mail.
UPDATE users
SET reset_token = 'demo-token-of-liam', reset_token_expires_at = now() + interval '1 hour'
WHERE id = 'user_12350' AND reset_token IS NULL;

INSERT INTO classes (
    id, name, subject, grade_level, school_year, teacher_id, school_id, invite_code
)
VALUES
('class_abc123', 'Physics 10, period 2', 'physics', 10, '2026-2027', 'user_teacher_reed',
 'school_hillsboro_hs', 'REED-P2'),
('class_abc124', 'Algebra I', 'mathematics', 9, '2026-2027', 'user_teacher_osei',
 'school_hillsboro_hs', 'OSEI-A1'),
('class_abc125', 'STEM seminar', 'science', NULL, '2026-2027', 'user_teacher_novak',
 'school_overton_hs', 'NOVAK-S'),
('class_def201', 'Physics 9', 'physics', 9, '2026-2027', 'user_teacher_cole', 'school_cedar_hs',
 'COLE-P9')
ON CONFLICT (id) DO NOTHING;

INSERT INTO class_students (class_id, student_id, enrolled_at)
SELECT e.class_id, e.student_id, now() - interval '60 days'
FROM (
    VALUES
    ('class_abc123', 'user_12345'), ('class_abc123', 'user_12346'), ('class_abc123', 'user_12347'),
    ('class_abc123', 'user_12349'), ('class_abc123', 'user_12350'),
    ('class_abc124', 'user_12348'), ('class_abc124', 'user_12345'),
    ('class_abc125', 'user_12351'), ('class_abc125', 'user_12352'), ('class_abc125', 'user_12353'),
    -- Aisha attends the seminar at the other school of her district.
    ('class_abc125', 'user_12348'),
    ('class_def201', 'user_22001'), ('class_def201', 'user_22002')
) AS e (class_id, student_id)
ON CONFLICT (class_id, student_id) DO NOTHING;

-- Ella has left the seminar. Can left physics and came back: the trail keeps the first time.
UPDATE class_students
SET dropped_at = now() - interval '10 days'
WHERE class_id = 'class_abc125' AND student_id = 'user_12353' AND dropped_at IS NULL;
UPDATE class_students
SET dropped_at = now() - interval '30 days'
WHERE class_id = 'class_abc123' AND student_id = 'user_12347'
    AND NOT EXISTS (
        SELECT 1 FROM audit_logs WHERE action = 'reenroll_student' AND resource_id = 'class_abc123'
    );
SELECT enroll_student('class_abc123', 'user_12347');

INSERT INTO student_interests (student_id, interest_id, rank)
VALUES
('user_12345', 'int_basketball', 1), ('user_12345', 'int_music_production', 2),
 ('user_12345', 'int_video_games', 3),
('user_12346', 'int_video_games', 1), ('user_12346', 'int_robotics', 2),
('user_12347', 'int_soccer', 1), ('user_12347', 'int_film', 2),
('user_12348', 'int_dance', 1), ('user_12348', 'int_music_production', 2),
('user_12351', 'int_basketball', 1), ('user_12352', 'int_skateboarding', 1),
('user_22001', 'int_basketball', 1)
ON CONFLICT (student_id, interest_id) DO NOTHING;

INSERT INTO generated_content (
    id, topic_id, interest_id, style, content_type, script_url, audio_url, video_url, thumbnail_url,
    duration_seconds, file_size_bytes, generation_metadata, quality_score, manual_review_status,
    created_at
)
SELECT
    c.id, c.topic_id, c.interest_id, 'conversational', c.type::content_type,
    'gs://vividly-demo/' || c.id || '/script.json', 'gs://vividly-demo/' || c.id || '/audio.mp3',
    CASE c.type WHEN 'vivid_learning' THEN 'gs://vividly-demo/' || c.id || '/video.mp4' END,
    CASE c.type WHEN 'vivid_learning' THEN 'gs://vividly-demo/' || c.id || '/thumb.jpg' END,
    c.seconds, c.seconds * 180000, '{"model": "script-2", "voice": "ada"}', c.quality, c.review,
    now() - c.age::interval
FROM (
    VALUES
    ('content_newton3_ball', 'topic_phys_newton_3', 'int_basketball', 'vivid_learning', 184, 0.94,
        'approved', '50 days'),
    ('content_newton3_ball_now', 'topic_phys_newton_3', 'int_basketball', 'vivid_now', 45, 0.81,
        NULL, '50 days'),
    ('content_newton3_games', 'topic_phys_newton_3', 'int_video_games', 'vivid_learning', 201, 0.88,
        'approved', '40 days'),
    ('content_newton2_ball', 'topic_phys_newton_2', 'int_basketball', 'vivid_learning', 220, 0.91,
        'approved', '45 days'),
    ('content_newton2_games', 'topic_phys_newton_2', 'int_video_games', 'vivid_learning', 236, 0.72,
        'pending', '9 days'),
    ('content_energy_skate', 'topic_phys_energy', 'int_skateboarding', 'vivid_learning', 198, 0.96,
        'approved', '30 days'),
    ('content_waves_music', 'topic_phys_waves', 'int_music_production', 'vivid_learning', 240, 0.97,
        'approved', '35 days'),
    ('content_quad_soccer', 'topic_math_quadratics', 'int_soccer', 'vivid_learning', 210, 0.64,
        'flagged', '20 days'),
    ('content_quad_ball', 'topic_math_quadratics', 'int_basketball', 'vivid_learning', 205, 0.90,
        NULL, '15 days')
) AS c (id, topic_id, interest_id, type, seconds, quality, review, age)
ON CONFLICT (id) DO NOTHING;

-- All nine stations of the pipeline, and what came out of it.
INSERT INTO content_requests (
    id, student_id, original_query, topic_id, interest_id, status, cache_hit, generated_content_id,
    error_message, retry_count, completed_at, metadata, created_at
)
SELECT
    r.id, r.student_id, r.query, r.topic_id, r.interest_id, r.status::request_status, r.hit,
    r.content_id, r.error,
    r.retries, CASE r.status WHEN 'completed'
        THEN now() - r.age::interval + interval '3 minutes' END,
    r.metadata::jsonb, now() - r.age::interval
FROM (
    VALUES
    ('req_demo01', 'user_12345', 'why does the ball push back on my hand', 'topic_phys_newton_3',
        'int_basketball', 'completed', false, 'content_newton3_ball', NULL, 0, '{}', '20 days'),
    ('req_demo02', 'user_12345', 'how hard is a harder pass', 'topic_phys_newton_2',
        'int_basketball', 'completed', true, 'content_newton2_ball', NULL, 0, '{}', '12 days'),
    ('req_demo03', 'user_12345', 'what is a beat physically', 'topic_phys_waves',
        'int_music_production', 'completed', true, 'content_waves_music', NULL, 0, '{}', '2 days'),
    ('req_demo04', 'user_12345', 'explain energy', 'topic_phys_energy', 'int_basketball',
        'generating_video', false, NULL, NULL, 0, '{}', '10 minutes'),
    ('req_demo05', 'user_12346', 'newton 3 but with games', 'topic_phys_newton_3',
        'int_video_games', 'completed', false, 'content_newton3_games', NULL, 0, '{}', '9 days'),
    ('req_demo06', 'user_12346', 'newton 2 but simpler', 'topic_phys_newton_2', 'int_video_games',
        'fast_path_ready', false, 'content_newton2_games', NULL, 0, '{}', '1 hour'),
    ('req_demo07', 'user_12346', 'the second one', NULL, NULL, 'needs_clarification', false, NULL,
        NULL, 0, '{"question": "Which law do you mean?"}', '30 minutes'),
    ('req_demo08', 'user_12347', 'free kick curve math', 'topic_math_quadratics', 'int_soccer',
        'completed', false, 'content_quad_soccer', NULL, 1, '{}', '18 days'),
    ('req_demo09', 'user_12347', 'do plants feel gravity', NULL, NULL, 'failed', false, NULL,
        'no topic found', 2, '{}', '5 days'),
    ('req_demo10', 'user_12348', 'why do dancers spin faster', 'topic_phys_energy', 'int_dance',
        'generating_script', false, NULL, NULL, 0, '{}', '4 minutes'),
    ('req_demo11', 'user_12349', 'newton third law', 'topic_phys_newton_3', 'int_basketball',
        'completed', true, 'content_newton3_ball', NULL, 0, '{}', '6 days'),
    ('req_demo12', 'user_12351', 'quadratics please', 'topic_math_quadratics', 'int_basketball',
        'completed', true, 'content_quad_ball', NULL, 0, '{}', '3 days'),
    ('req_demo13', 'user_12352', 'is an ollie physics', 'topic_phys_energy', 'int_skateboarding',
        'completed', false, 'content_energy_skate', NULL, 0, '{}', '11 days'),
    ('req_demo14', 'user_12352', 'half pipe speed', 'topic_phys_energy', 'int_skateboarding',
        'cache_check', false, NULL, NULL, 0, '{}', '1 minute'),
    ('req_demo15', 'user_12351', 'what do bonds hold', 'topic_chem_bonding', 'int_basketball',
        'generating_audio', false, NULL, NULL, 0, '{}', '7 minutes'),
    ('req_demo16', 'user_22001', 'action reaction', NULL, NULL, 'nlu_processing', false, NULL, NULL,
        0, '{}', '5 seconds'),
    ('req_demo17', 'user_22002', 'rebound force', 'topic_phys_newton_3', 'int_basketball',
        'completed', true, 'content_newton3_ball', NULL, 0, '{}', '25 days'),
    -- Old enough for the nightly soft delete.
    ('req_demo18', 'user_12345', 'what is inertia', 'topic_phys_newton_1', 'int_basketball',
        'failed', false, NULL, 'voice service down', 3, '{}', '120 days')
) AS r (
    id, student_id, query, topic_id, interest_id, status, hit, content_id, error, retries, metadata,
    age
)
ON CONFLICT (id) DO NOTHING;

-- The counts of generated_content follow from these and from the feedback below.
INSERT INTO student_progress (
    student_id, topic_id, status, view_count, last_viewed_at, content_id, total_time_seconds
)
SELECT
    p.student_id, p.topic_id, p.status::progress_status, p.views, now() - p.seen::interval,
        p.content_id,
    p.views * 150
FROM (
    VALUES
    ('user_12345', 'topic_phys_newton_3', 'in_progress', 4, '19 days', 'content_newton3_ball'),
    ('user_12345', 'topic_phys_newton_2', 'in_progress', 3, '11 days', 'content_newton2_ball'),
    ('user_12345', 'topic_phys_waves', 'in_progress', 2, '2 hours', 'content_waves_music'),
    ('user_12346', 'topic_phys_newton_3', 'in_progress', 6, '1 day', 'content_newton3_games'),
    ('user_12346', 'topic_phys_newton_2', 'in_progress', 5, '3 hours', 'content_newton2_games'),
    ('user_12347', 'topic_math_quadratics', 'in_progress', 7, '2 days', 'content_quad_soccer'),
    ('user_12349', 'topic_phys_newton_3', 'in_progress', 5, '5 days', 'content_newton3_ball'),
    ('user_12350', 'topic_phys_newton_1', 'not_started', 0, NULL, NULL),
    ('user_12351', 'topic_math_quadratics', 'in_progress', 12, '3 days', 'content_quad_ball'),
    ('user_12352', 'topic_phys_energy', 'in_progress', 14, '10 days', 'content_energy_skate'),
    ('user_22002', 'topic_phys_newton_3', 'in_progress', 8, '24 days', 'content_newton3_ball')
) AS p (student_id, topic_id, status, views, seen, content_id)
ON CONFLICT (student_id, topic_id) DO NOTHING;

INSERT INTO feedback (
    id, student_id, content_id, feedback_type, rating, comment, triggered_regeneration,
    regeneration_request_id, created_at
)
SELECT
    f.id, f.student_id, f.content_id, f.type::feedback_type, f.rating, f.comment, f.request_id
        IS NOT NULL,
    f.request_id, now() - f.age::interval
FROM (
    VALUES
    ('feedback_demo01', 'user_12345', 'content_newton3_ball', 'mark_complete', 5, 'got it!', NULL,
        '19 days'),
    ('feedback_demo02', 'user_12345', 'content_newton2_ball', 'mark_complete', 4, NULL, NULL,
        '11 days'),
    ('feedback_demo03', 'user_12345', 'content_waves_music', 'rating_only', 5, NULL, NULL,
        '2 hours'),
    ('feedback_demo04', 'user_12346', 'content_newton3_games', 'make_simpler', 2, 'too fast', NULL,
        '8 days'),
    ('feedback_demo05', 'user_12346', 'content_newton2_games', 'make_simpler', NULL,
        'lost me at mass', 'req_demo06', '1 hour'),
    ('feedback_demo06', 'user_12346', 'content_quad_ball', 'try_different_interest', NULL, NULL,
        NULL, '4 days'),
    ('feedback_demo07', 'user_12347', 'content_quad_soccer', 'report_issue', 1,
        'the sum at 1:20 is wrong', NULL, '17 days'),
    ('feedback_demo08', 'user_12349', 'content_newton3_ball', 'mark_complete', 5, NULL, NULL,
        '5 days'),
    ('feedback_demo09', 'user_12351', 'content_quad_ball', 'mark_complete', 4, NULL, NULL,
        '3 days'),
    ('feedback_demo10', 'user_12352', 'content_energy_skate', 'mark_complete', 5, 'more of this',
        NULL, '10 days'),
    ('feedback_demo11', 'user_22002', 'content_newton3_ball', 'rating_only', 3, NULL, NULL,
        '24 days')
) AS f (id, student_id, content_id, type, rating, comment, request_id, age)
ON CONFLICT (id) DO NOTHING;

INSERT INTO student_account_requests (
    id, teacher_id, first_name, last_name, email, grade_level, student_id, class_id, justification,
    status, reviewed_by, review_notes, created_user_id
)
VALUES
('sreq_demo1', 'user_teacher_reed', 'Nina', 'Park', 'nina.park@student.example', 10, '190240',
 'class_abc123', 'Moved here last week', 'pending', NULL, NULL, NULL),
('sreq_demo2', 'user_teacher_reed', 'Liam', 'Byrne', 'liam.byrne@student.example', 11, '190239',
 'class_abc123', 'Joins for physics', 'approved', 'user_hillsboro_admin', NULL, 'user_12350'),
('sreq_demo3', 'user_teacher_novak', 'Max', 'Test', 'max.test@student.example', 12, NULL,
 'class_abc125', NULL, 'denied', 'user_overton_admin', 'Not enrolled at the school', NULL)
ON CONFLICT (id) DO NOTHING;

INSERT INTO bulk_upload_jobs (
    id, uploaded_by, school_id, file_path, total_rows, status, successful_count, failed_count,
    error_log
)
VALUES
('upload_job_demo1', 'user_hillsboro_admin', 'school_hillsboro_hs',
 'gs://vividly-demo/uploads/hillsboro-2026.csv', 6, 'completed', 5, 1,
        '[{"row": 4, "error": "e-mail is missing"}]'),
('upload_job_demo2', 'user_mnps_admin', 'school_overton_hs',
 'gs://vividly-demo/uploads/overton-2026.csv', 3, 'processing', 2, 0, '[]'),
('upload_job_demo3', 'user_cedar_admin', 'school_cedar_hs', 'gs://vividly-demo/uploads/cedar.xlsx',
 NULL, 'failed', 0, 0, '[{"row": 0, "error": "not a CSV file"}]'),
('upload_job_demo4', 'user_overton_admin', 'school_overton_hs',
 'gs://vividly-demo/uploads/overton-late.csv', NULL, 'queued', 0, 0, '[]')
ON CONFLICT (id) DO NOTHING;

INSERT INTO audit_logs (
    user_id, user_role, action, resource_type, resource_id, ip_address, metadata
)
SELECT a.user_id, a.role::user_role, a.action, a.type, a.resource_id, a.ip::inet, a.metadata::jsonb
FROM (
    VALUES
    ('user_teacher_reed', 'teacher', 'view_student_data', 'user', 'user_12345', '10.20.1.17',
        '{"screen": "engagement"}'),
    ('user_hillsboro_admin', 'school_admin', 'view_student_data', 'user', 'user_12345', '10.20.1.4',
        '{}'),
    ('user_mnps_admin', 'district_admin', 'export_report', 'organization', 'org_mnps', '10.20.0.2',
        '{"report": "cache"}'),
    ('user_vividly_curriculum', 'vividly_curriculum', 'flag_content', 'content',
        'content_quad_soccer', NULL, '{}')
) AS a (user_id, role, action, type, resource_id, ip, metadata)
WHERE NOT EXISTS (
    SELECT 1
    FROM audit_logs AS l
    WHERE l.user_id = a.user_id AND l.action = a.action AND l.resource_id = a.resource_id
);
