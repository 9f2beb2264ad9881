-- Four accounts: Amara learns every week, Luca has begun, Mei is inactive, Tomás asked to be
-- deleted. Days are counted from now; run again, it adds nothing. The hashes are made up: nobody
-- can log in.

INSERT INTO users (
    id, email, username, password_hash, first_name, last_name, preferences, created_at,
    last_login_at, is_active
) VALUES
('10000000-0000-4000-8000-000000000001', 'amara@example.org', 'amara', '$2b$12$' || repeat('A', 53),
 'Amara', 'Okafor', '{"theme": "dark", "daily_goal_minutes": 30}', now() - interval '15 months',
 now() - interval '1 day', true),
('10000000-0000-4000-8000-000000000002', 'luca@example.org', 'luca.b', '$2b$12$' || repeat('L', 53),
 'Luca', 'Bianchi',
 '{"language": "it"}', now() - interval '2 months', now() - interval '3 days', true),
('10000000-0000-4000-8000-000000000003', 'mei@example.org', 'mei', '$2b$12$' || repeat('M', 53),
 'Mei', 'Tanaka', NULL, now() - interval '14 months', now() - interval '11 months', false),
('10000000-0000-4000-8000-000000000004', 'tomas@example.org', 'tomas_r',
 '$2b$12$' || repeat('T', 53), 'Tomás', 'Rivera',
 NULL, now() - interval '5 months', now() - interval '2 months', true)
ON CONFLICT (id) DO NOTHING;

INSERT INTO study_materials (
    id, user_id, title, description, source_url, source_type, metadata, status, created_at,
    content_length, difficulty_level, subject_area, tags
) VALUES
('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'The human heart',
 'Chambers, valves and the path of the blood', NULL, 'text', '{"course": "BIO-101", "pages": 12}',
 'ready',
 now() - interval '15 months', 18400, 'intermediate', 'Biology', '{biology,anatomy,heart}'),
('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
 'Photosynthesis explained',
 'Light reactions and the Calvin cycle', 'https://example.org/photosynthesis', 'url',
 '{"course": "BIO-101"}', 'ready',
 now() - interval '10 weeks', 9200, 'beginner', 'Biology', '{biology,plants}'),
('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000001', 'Linear equations',
 'Solving for one and two unknowns', NULL, 'upload', '{"course": "MAT-90"}', 'ready',
 now() - interval '9 weeks', 7100, 'beginner', 'Mathematics', '{algebra}'),
('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000002',
 'La caduta di Roma', 'Dalla crisi del III secolo al 476', NULL, 'upload', NULL, 'ready',
 now() - interval '6 weeks', 22750, 'advanced', 'History', '{roma,storia}'),
('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
 'Probability for beginners', 'Coins, dice and cards', NULL, 'text', NULL, 'ready',
 now() - interval '13 months', 5300, 'beginner', 'Mathematics', '{probability}'),
('20000000-0000-4000-8000-000000000006', '10000000-0000-4000-8000-000000000004', 'Guitar chords',
 'Open chords and how to change between them', NULL, 'url', NULL, 'processing',
 now() - interval '4 months', NULL, NULL, 'Music', '{guitar}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO content_chunks (
    id, study_material_id, chunk_order, content, chunk_type, word_count, language, summary,
    relevance_score
) VALUES
('30000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001', 1,
 'The heart has four chambers: two atria, which receive blood, and two ventricles, which pump '
 'it out.', 'paragraph', 17, 'en', 'Four chambers: two receive, two pump.', 0.95),
('30000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000001', 2,
 'Four valves keep the blood from flowing back: mitral, tricuspid, aortic and pulmonary.',
 'paragraph', 13, 'en', 'Four valves give one direction.', 0.9),
('30000000-0000-4000-8000-000000000003', '20000000-0000-4000-8000-000000000001', 3,
 'From the body the blood comes to the right side, goes to the lungs, returns to the left side '
 'and leaves by the aorta.',
 'section', 24, 'en', 'Body, right side, lungs, left side, aorta.', 0.85),
('30000000-0000-4000-8000-000000000004', '20000000-0000-4000-8000-000000000002', 1,
 'In the light reactions chlorophyll takes up light, splits water and sets oxygen free.',
 'paragraph', 14, 'en', NULL, 0.8),
('30000000-0000-4000-8000-000000000005', '20000000-0000-4000-8000-000000000003', 1,
 'To solve 3x + 2 = 11, take 2 from both sides, then divide both by 3.',
 'paragraph', 16, 'en', NULL, 0.7),
('30000000-0000-4000-8000-000000000006', '20000000-0000-4000-8000-000000000004', 1,
 'Nel 476 Odoacre depose Romolo Augustolo, ultimo imperatore d''Occidente.',
 'quotation', 10, 'it', NULL, 0.9),
('30000000-0000-4000-8000-000000000007', '20000000-0000-4000-8000-000000000005', 1,
 'A fair coin shows heads with probability one half, whatever it showed before.',
 'paragraph', 13, 'en', NULL, 0.75)
ON CONFLICT (id) DO NOTHING;

INSERT INTO generated_assets (
    id, study_material_id, content_chunk_id, asset_type, content, generation_model, quality_score,
    difficulty_level, generation_params
) VALUES
('40000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001',
 '30000000-0000-4000-8000-000000000001', 'quiz',
 '{"question": "Which chambers pump blood out?", "options": ["atria", "ventricles"], "answer": 1}',
 'tutor-large-2', 0.92, 3, '{"temperature": 0.2}'),
('40000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000001',
 '30000000-0000-4000-8000-000000000002', 'flashcard',
 '{"front": "How many valves has the heart?", "back": "Four"}', 'tutor-large-2', 0.88, 2,
 '{"temperature": 0.2}'),
('40000000-0000-4000-8000-000000000003', '20000000-0000-4000-8000-000000000001', NULL, 'summary',
 '{"text": "Four chambers and four valves drive the blood through lungs and body."}',
 'tutor-large-2', 0.8, 4, NULL),
('40000000-0000-4000-8000-000000000004', '20000000-0000-4000-8000-000000000002',
 '30000000-0000-4000-8000-000000000004', 'quiz',
 '{"question": "What is set free?", "options": ["oxygen", "nitrogen"], "answer": 0}',
 'tutor-small-1', 0.6, 3, NULL),
('40000000-0000-4000-8000-000000000005', '20000000-0000-4000-8000-000000000003',
 '30000000-0000-4000-8000-000000000005', 'quiz',
 '{"question": "3x + 2 = 11, x = ?", "options": [2, 3, 4], "answer": 1}', 'tutor-small-1', 0.4, 5,
 NULL),
('40000000-0000-4000-8000-000000000006', '20000000-0000-4000-8000-000000000004',
 '30000000-0000-4000-8000-000000000006', 'flashcard',
 '{"front": "Chi fu deposto nel 476?", "back": "Romolo Augustolo"}', 'tutor-large-2', 0.9, 6, NULL),
('40000000-0000-4000-8000-000000000007', '20000000-0000-4000-8000-000000000005',
 '30000000-0000-4000-8000-000000000007', 'flashcard',
 '{"front": "Probability of heads?", "back": "One half"}', 'tutor-small-1', 0.7, 1, NULL)
ON CONFLICT (id) DO NOTHING;

-- The demo reaches back further than a new installation does.
SELECT create_month_partitions(t.name::regclass, m.ahead, m.behind, now() - m.ago)
FROM (VALUES ('interactions'), ('progress_metrics')) AS t (name)
CROSS JOIN (
    VALUES (3, 2, interval '0'), (1, 0, interval '11 months'), (1, 0, interval '14 months')
) AS m (ahead, behind, ago);

-- Amara: the heart once a week for eight weeks, equations and plants in between, and one sitting
-- long ago.
INSERT INTO learning_sessions (
    id, user_id, study_material_id, started_at, ended_at, session_type, session_data,
    completion_percentage, status, configuration
)
SELECT
    ('50000000-0000-4000-8000-' || lpad(w.week::text, 12, '0'))::uuid,
    '10000000-0000-4000-8000-000000000001',
    ('20000000-0000-4000-8000-00000000000' || CASE WHEN w.week % 4 = 3 THEN 3 WHEN w.week % 4 = 2
        THEN 2 ELSE 1 END)::uuid,
    now() - w.week * interval '7 days' - interval '40 minutes',
    now() - w.week * interval '7 days',
    CASE WHEN w.week % 2 = 0 THEN 'quiz' ELSE 'review' END,
    jsonb_build_object('position', w.week, 'streak', 9 - w.week, 'mood', 'good'),
    least(100, 20 + 10 * (9 - w.week)), 'completed', '{"shuffle": true}'
FROM generate_series(1, 8) AS w (week)
ON CONFLICT (id) DO NOTHING;

INSERT INTO learning_sessions (
    id, user_id, study_material_id, started_at, ended_at, session_type, session_data,
    completion_percentage, status
) VALUES
('50000000-0000-4000-8000-000000000101', '10000000-0000-4000-8000-000000000001',
 '20000000-0000-4000-8000-000000000001',
 now() - interval '14 months', now() - interval '14 months' + interval '25 minutes', 'study',
 '{"position": 3, "notes": "first contact"}', 100, 'completed'),
('50000000-0000-4000-8000-000000000102', '10000000-0000-4000-8000-000000000002',
 '20000000-0000-4000-8000-000000000004',
 now() - interval '3 days', NULL, 'study', '{"position": 1}', 10, 'active'),
('50000000-0000-4000-8000-000000000103', '10000000-0000-4000-8000-000000000003',
 '20000000-0000-4000-8000-000000000005',
 now() - interval '11 months', now() - interval '11 months' + interval '5 minutes', 'quiz',
 '{"position": 1}', 30, 'abandoned')
ON CONFLICT (id) DO NOTHING;

-- Five interactions a sitting; the later the week, the more is right. Equations stay hard.
INSERT INTO interactions (
    id, learning_session_id, generated_asset_id, user_id, interaction_type, interaction_data,
    created_at, is_correct, response_time_ms, confidence_level
)
SELECT
    v.id, s.id, a.id, s.user_id, v.interaction_type, jsonb_build_object('step', v.step),
    s.started_at + v.step * interval '1 minute',
    CASE v.interaction_type WHEN 'answer' THEN v.step % 5 < 9 - v.week - CASE a.asset_type
        WHEN 'quiz' THEN 2 ELSE 0 END END,
    CASE v.interaction_type WHEN 'answer' THEN 2500 + 700 * v.week + 150 * v.step END,
    CASE v.interaction_type WHEN 'answer' THEN 0.9 - 0.05 * v.week END
FROM (
    SELECT
        w.week,
        p.step,
        CASE WHEN p.step = 5 AND w.week > 4 THEN 'skip' WHEN p.step = 1 THEN 'view'
            ELSE 'answer' END AS interaction_type,
        ('60000000-0000-4000-800' || w.week || '-' || lpad(p.step::text, 12, '0'))::uuid AS id
    FROM generate_series(1, 8) AS w (week)
    CROSS JOIN generate_series(1, 5) AS p (step)
) AS v
INNER JOIN learning_sessions AS s
    ON s.id = ('50000000-0000-4000-8000-' || lpad(v.week::text, 12, '0'))::uuid
CROSS JOIN LATERAL (
    SELECT g.id, g.asset_type
    FROM generated_assets AS g
    WHERE g.study_material_id = s.study_material_id AND g.asset_type <> 'summary'
    ORDER BY g.id
    OFFSET v.step % (
        SELECT count(*) FROM generated_assets AS c
        WHERE c.study_material_id = s.study_material_id AND c.asset_type <> 'summary'
    )
    LIMIT 1
) AS a
WHERE NOT EXISTS (SELECT 1 FROM interaction_keys AS k WHERE k.id = v.id);

INSERT INTO interactions (
    id, learning_session_id, generated_asset_id, user_id, interaction_type, interaction_data,
    created_at, is_correct, response_time_ms
)
SELECT v.id::uuid, s.id, v.asset_id::uuid, s.user_id, v.interaction_type, '{}',
    s.started_at + interval '2 minutes',
    v.is_correct, v.response_time_ms
FROM (
    VALUES
    ('60000000-0000-4000-8101-000000000001', '50000000-0000-4000-8000-000000000101',
     '40000000-0000-4000-8000-000000000001', 'answer', false, 9000),
    ('60000000-0000-4000-8102-000000000001', '50000000-0000-4000-8000-000000000102',
     '40000000-0000-4000-8000-000000000006', 'view', NULL, NULL),
    ('60000000-0000-4000-8103-000000000001', '50000000-0000-4000-8000-000000000103',
     '40000000-0000-4000-8000-000000000007', 'answer', true, 4000)
) AS v (id, session_id, asset_id, interaction_type, is_correct, response_time_ms)
INNER JOIN learning_sessions AS s ON s.id = v.session_id::uuid
WHERE NOT EXISTS (SELECT 1 FROM interaction_keys AS k WHERE k.id = v.id::uuid);

SELECT record_session_metrics(s.id) FROM learning_sessions AS s WHERE s.ended_at IS NOT NULL
ORDER BY s.id;

INSERT INTO user_feedback (
    id, user_id, generated_asset_id, interaction_id, feedback_type, rating, comment
) VALUES
('70000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', NULL,
 '60000000-0000-4000-8001-000000000002', 'rating', 5, NULL),
('70000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000001',
 '40000000-0000-4000-8000-000000000004', NULL, 'comment', NULL,
 'A picture of the cycle would help.'),
('70000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000001',
 '40000000-0000-4000-8000-000000000005', NULL, 'report', 2,
 'The second option is right as well if x is a word.')
ON CONFLICT (id) DO NOTHING;

-- Tomás asks to be forgotten; in thirty days purge_deleted_users does it.
UPDATE users SET deleted_at = now()
WHERE id = '10000000-0000-4000-8000-000000000004' AND deleted_at IS NULL
    AND email = 'tomas@example.org';

SELECT write_audit(
    'login', 'users', '10000000-0000-4000-8000-000000000004', NULL, NULL, false,
    'account is deleted'
)
WHERE NOT EXISTS (
    SELECT 1 FROM audit_logs AS l
    WHERE l.action = 'login' AND l.entity_id = '10000000-0000-4000-8000-000000000004'
);

-- Amara's sitting of long ago is where the retention job would have put it, and the summaries are
-- fresh.
SELECT * FROM retire_months('interactions', 'interactions_archive', now() - interval '1 year');
REFRESH MATERIALIZED VIEW progress_by_period;
REFRESH MATERIALIZED VIEW asset_quality;
