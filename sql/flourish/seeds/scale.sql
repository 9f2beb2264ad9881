-- Any amount of data, the same on every server: 999 students (their ids have three digits) of 40
-- teachers, and per student 17 entries and 85 assessments for each unit of scale. Scale 1 is a large
-- school's year, 85,000 assessments; running a greater scale later adds the difference.
--   SET LOCAL slate.scale = 4;
-- Chance is hashint8extended(number, stream): no random(), no clock.

INSERT INTO teachers (id, name, email, created_at)
SELECT
    'T' || to_char(n, 'FM000'),
    'Teacher ' || n,
    'teacher' || n || '@scale.example',
    '2024-08-19 08:00Z'
FROM generate_series(1, 40) AS n
ON CONFLICT DO NOTHING;

INSERT INTO students (id, name, grade, teacher_id, created_at)
SELECT
    'S' || to_char(n, 'FM000'),
    'Student ' || n,
    6 + n % 3,
    'T' || to_char(1 + n / 25, 'FM000'),
    '2024-08-26 08:00Z'
FROM generate_series(1, 999) AS n
ON CONFLICT (id) DO NOTHING;

-- Entry k of student n is DE9nnnkkkkkk: twelve characters that no other seed uses.
INSERT INTO data_entries (id, student_id, teacher_id, type, date, content, metadata, created_at)
SELECT
    'DE9' || to_char(i.number, 'FM000000000'),
    s.id,
    CASE WHEN k % 3 > 0 THEN s.teacher_id END,
    (ARRAY[
        'group_discussion_transcript',
        'peer_tutoring_transcript',
        'project_presentation_transcript',
        'reflection_journal',
        'peer_feedback',
        'teacher_observation_note',
        'parent_note'
    ])[1 + k % 7],
    e.date,
    'Entry ' || k || ' of ' || s.name || ': I tried, it did not work, I asked, then it did.',
    jsonb_build_object('class', s.grade || s.teacher_id, 'minutes', k % 40),
    (e.date + time '16:00') AT TIME ZONE 'UTC'
FROM students AS s
CROSS JOIN generate_series(1, 17 * current_setting('slate.scale')::integer) AS k
CROSS JOIN LATERAL (SELECT substr(s.id, 2)::bigint * 1000000 + k AS number) AS i
CROSS JOIN LATERAL (
    SELECT date '2024-09-02' + (hashint8extended(i.number, 1) & 511)::integer AS date
) AS e
ON CONFLICT (id) DO NOTHING;

-- Per entry five neighbours of seventeen skills, none twice; one in eight is a low score.
INSERT INTO assessments (
    data_entry_id,
    student_id,
    skill_name,
    skill_category,
    level,
    confidence_score,
    justification,
    source_quote,
    data_point_count,
    created_at,
    updated_at
)
SELECT
    de.id,
    de.student_id,
    (ARRAY[
        'Self-Awareness',
        'Self-Management',
        'Social Awareness',
        'Relationship Skills',
        'Responsible Decision-Making',
        'Working Memory',
        'Inhibitory Control',
        'Cognitive Flexibility',
        'Planning',
        'Organization',
        'Task Initiation',
        'Critical Thinking',
        'Communication',
        'Collaboration',
        'Creativity',
        'Digital Literacy',
        'Initiative'
    ])[d.skill],
    CASE WHEN d.skill <= 5 THEN 'SEL' WHEN d.skill <= 11 THEN 'EF' ELSE '21st_Century' END,
    (ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'])[1 + (d.bits & 3)],
    CASE
        WHEN ((d.bits >> 2) & 7) = 0 THEN 0.40 + ((d.bits >> 5) & 31) / 100.0
        ELSE 0.80 + ((d.bits >> 5) & 15) / 100.0
    END,
    'Tries again after a failure and asks for help.',
    'I asked, then it did',
    1 + ((d.bits >> 10) & 3),
    d.read_at,
    d.read_at
FROM data_entries AS de
CROSS JOIN generate_series(0, 4) AS j
CROSS JOIN LATERAL (SELECT substr(de.id, 4)::bigint * 5 + j AS number) AS i
CROSS JOIN LATERAL (
    SELECT
        hashint8extended(i.number, 2) AS bits,
        (1 + i.number % 17)::integer AS skill,
        -- In the evening of the entry's day, to the microsecond: next to no two at once.
        (de.date + time '18:00') AT TIME ZONE 'UTC'
        + (hashint8extended(i.number, 3) & 8589934591) * interval '1 microsecond' AS read_at
) AS d
WHERE de.id ~ '^DE9[0-9]{9}$'
ON CONFLICT (data_entry_id, skill_name) DO NOTHING;

-- Teachers corrected one in twenty, and half of the low ones; every other time with notes.
INSERT INTO teacher_corrections (
    assessment_id,
    original_level,
    corrected_level,
    original_justification,
    corrected_justification,
    teacher_notes,
    corrected_by,
    corrected_at
)
SELECT
    a.id,
    a.level,
    CASE a.level
        WHEN 'Emerging' THEN 'Developing'
        WHEN 'Developing' THEN 'Proficient'
        ELSE 'Emerging'
    END,
    a.justification,
    'Asked only when told to.',
    CASE WHEN (d.bits & 1) = 1 THEN 'Look for who started it.' END,
    s.teacher_id,
    a.created_at + interval '2 days'
FROM assessments AS a
INNER JOIN students AS s ON a.student_id = s.id
CROSS JOIN LATERAL (
    SELECT hashtextextended(a.data_entry_id || a.skill_name, 4) & 1023 AS bits
) AS d
WHERE a.data_entry_id ~ '^DE9[0-9]{9}$'
    AND d.bits >> 1 < CASE WHEN a.confidence_score < 0.8 THEN 256 ELSE 26 END
ON CONFLICT (assessment_id) DO NOTHING;

-- Two targets per student whatever the scale: the table allows no more than two per skill.
INSERT INTO skill_targets (student_id, skill_name, assigned_by, assigned_at, completed, completed_at)
SELECT
    s.id,
    t.skill_name,
    s.teacher_id,
    '2024-10-01 09:00Z',
    t.completed_at IS NOT NULL,
    t.completed_at
FROM students AS s
CROSS JOIN (
    VALUES
    ('Planning', NULL),
    ('Self-Management', timestamptz '2024-12-02 09:00Z')
) AS t (skill_name, completed_at)
WHERE NOT EXISTS (
    SELECT 1
    FROM skill_targets AS st
    WHERE st.student_id = s.id AND st.skill_name = t.skill_name
);
