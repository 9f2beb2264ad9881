-- One slice is one school week of a full installation (SET LOCAL slate.slice = 1, 2, ...): 3,000
-- entries, 15,000 assessments, 1,600 corrections and 100 targets, the same on every server. The
-- 1,000 students, which are all that ids of three digits allow, and their 40 teachers are shared.
--
-- Slice 1 is the week of 2023-09-04. A year has 36 school weeks and five weeks of holidays between
-- them, so slice 100 is the week of 2026-04-06; nothing depends on today. Chance is
-- hashint8extended(number, stream): no random(), no clock. Entry n of week k is DE9kkkkknnnn, ten
-- digits that no other seed uses. A busy student is S123; T005 teaches S100 to S123.

INSERT INTO teachers (id, name, email, created_at)
SELECT
    'T' || to_char(n, 'FM000'),
    'Teacher ' || n,
    'teacher' || n || '@scale.example',
    timestamptz '2023-08-21 08:00Z'
FROM generate_series(1, 40) AS n
ON CONFLICT DO NOTHING;

-- Classes of 25; eight students are new and not assigned yet.
INSERT INTO students (id, name, grade, teacher_id, created_at)
SELECT
    'S' || to_char(n, 'FM000'),
    'Student ' || n,
    6 + n % 3,
    CASE WHEN n % 125 < 124 THEN 'T' || to_char(1 + n / 25, 'FM000') END,
    timestamptz '2023-08-28 08:00Z'
FROM generate_series(0, 999) AS n
ON CONFLICT (id) DO NOTHING;

-- Who writes: the busiest five times as much as the average, half of all less than 0.8 times.
-- When: Monday to Friday, 8 to 17 o'clock. What: journals most; teachers record seven of sixteen.
INSERT INTO data_entries (id, student_id, teacher_id, type, date, content, metadata, created_at)
WITH week AS (
    SELECT
        y.slice,
        -- The first Monday of September, and holidays after the 7th, 15th, 22nd and 30th week.
        date_trunc('week', make_date(2023 + (y.slice / 36)::integer, 9, 7) + time '00:00')::date
        + 7 * (
            y.slice % 36
            + (ARRAY[0, 1, 3, 4, 5])[1 + width_bucket(y.slice % 36, ARRAY[7, 15, 22, 30]::bigint[])]
        )::integer AS monday
    FROM (SELECT current_setting('slate.slice')::bigint - 1 AS slice) AS y
),

chance AS (
    SELECT
        c.number,
        c.bits,
        1 + ((c.bits >> 20) & 15)::integer AS kind,
        w.monday + (((c.bits >> 24) & 1023) % 5)::integer AS date,
        (c.bits & 1048575) / 1048576.0::double precision AS u
    FROM week AS w
    CROSS JOIN LATERAL (
        SELECT
            i.number,
            hashint8extended(i.number, 1) AS bits
        FROM generate_series(
            9000010001 + 10000 * w.slice, 9000013000 + 10000 * w.slice
        ) AS i (number)
    ) AS c
)

SELECT
    'DE' || c.number,
    s.id,
    CASE WHEN c.kind <= 7 THEN s.teacher_id END,
    (ARRAY[
        'group_discussion_transcript',
        'group_discussion_transcript',
        'group_discussion_transcript',
        'peer_tutoring_transcript',
        'project_presentation_transcript',
        'teacher_observation_note',
        'teacher_observation_note',
        'parent_note',
        'peer_feedback',
        'peer_feedback',
        'peer_feedback',
        'reflection_journal',
        'reflection_journal',
        'reflection_journal',
        'reflection_journal',
        'reflection_journal'
    ])[c.kind],
    c.date,
    s.name || ': ' || repeat(
        'I tried, it did not work, I asked, then it did. ', 1 + ((c.bits >> 34) & 7)::integer
    ),
    jsonb_build_object(
        'class', s.grade || coalesce(s.teacher_id, ''), 'minutes', (c.bits >> 58) & 31
    ),
    (c.date + time '08:00') AT TIME ZONE 'UTC'
    + ((c.bits >> 37) & 33554431) * interval '1 millisecond'
FROM chance AS c
INNER JOIN students AS s
    ON s.id = 'S' || to_char(
        (123 + 377 * floor(1000 * (0.2 * c.u + 0.8 * c.u * c.u))::integer) % 1000, 'FM000'
    )
ON CONFLICT (id) DO NOTHING;

-- Per entry three to seven of seventeen skills, none twice, read in the evening of its day to the
-- microsecond: next to no two at once. Levels rise with the student's aptitude and the school year.
-- One in eight is a low score, most of those just below 0.80; one in 64 was not scored.
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
WITH readings AS (
    SELECT
        de.id,
        de.student_id,
        de.date,
        de.number,
        hashint8extended(de.number, 2) AS choice,
        (hashtextextended(de.student_id, 3) & 31) + (de.slice - 1) % 36 / 2 AS growth
    FROM (
        SELECT
            e.id,
            e.student_id,
            e.date,
            substr(e.id, 3)::bigint AS number,
            current_setting('slate.slice')::integer AS slice
        FROM data_entries AS e
        WHERE e.id BETWEEN 'DE' || (9000000001 + 10000 * current_setting('slate.slice')::bigint)
            AND 'DE' || (9000003000 + 10000 * current_setting('slate.slice')::bigint)
    ) AS de
),

scores AS (
    SELECT
        r.id,
        r.student_id,
        hashint8extended(r.number * 8 + j, 4) AS bits,
        1 + ((r.choice & 255) + j * (1 + ((r.choice >> 8) & 15)))::integer % 17 AS skill,
        r.growth,
        (r.date + time '18:00') AT TIME ZONE 'UTC'
        + (hashint8extended(r.number * 8 + j, 5) & 8589934591) * interval '1 microsecond' AS read_at
    FROM readings AS r
    CROSS JOIN LATERAL generate_series(0, 2 + ((r.choice >> 12) & 1023) % 5) AS j
)

SELECT
    s.id,
    s.student_id,
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
    ])[s.skill],
    CASE WHEN s.skill <= 5 THEN 'SEL' WHEN s.skill <= 11 THEN 'EF' ELSE '21st_Century' END,
    (ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'])[
        1 + width_bucket((s.bits & 63) + s.growth, ARRAY[32, 60, 82]::bigint[])
    ],
    CASE
        WHEN ((s.bits >> 6) & 63) = 0 THEN NULL
        WHEN ((s.bits >> 6) & 63) <= 8
            THEN 0.79 - ((s.bits >> 12) & 7) * ((s.bits >> 15) & 7) * 0.01
        ELSE 0.80 + ((s.bits >> 12) & 255) % 20 * 0.01
    END,
    (ARRAY[
        'Tries again after a failure and asks for help.',
        'Names what went wrong without blaming anybody.',
        'Keeps to the plan although the others do not.',
        'Little to go on; one sentence points that way.'
    ])[1 + ((s.bits >> 20) & 3)],
    'I asked, then it did',
    1 + ((s.bits >> 22) & 3),
    s.read_at,
    s.read_at
FROM scores AS s
ON CONFLICT (data_entry_id, skill_name) DO NOTHING;

-- Of the low scores teachers corrected half, of the others one in twenty, within eight days. Two in
-- three go up; one in eight keeps the level for another reason; every other one comes with notes.
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
WITH verdicts AS (
    SELECT
        a.id,
        a.level,
        a.justification,
        a.confidence_score,
        a.created_at,
        s.teacher_id,
        array_position(
            ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'], a.level::text
        ) AS rank,
        hashtextextended(a.data_entry_id || a.skill_name, 6) AS bits
    FROM assessments AS a
    INNER JOIN students AS s ON a.student_id = s.id
    WHERE s.teacher_id IS NOT NULL
        AND a.data_entry_id BETWEEN 'DE'
        || (9000000001 + 10000 * current_setting('slate.slice')::bigint)
        AND 'DE' || (9000003000 + 10000 * current_setting('slate.slice')::bigint)
)

SELECT
    v.id,
    v.level,
    (ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'])[
        CASE
            WHEN ((v.bits >> 10) & 7) = 0 THEN v.rank
            WHEN ((v.bits >> 10) & 7) <= 2 THEN greatest(v.rank - 1, 1)
            ELSE least(v.rank + 1, 4)
        END
    ],
    v.justification,
    'Asked only when told to.',
    CASE WHEN ((v.bits >> 13) & 1) = 1 THEN 'Look for who started it.' END,
    v.teacher_id,
    v.created_at + (1 + ((v.bits >> 14) & 15)) * interval '12 hours'
FROM verdicts AS v
WHERE (v.bits & 1023) < CASE WHEN v.confidence_score < 0.8 THEN 512 ELSE 51 END
ON CONFLICT (assessment_id) DO NOTHING;

-- One entry in thirty leads to a target, two in three of them completed within twelve weeks. A
-- skill has one open and one completed target: there are ever fewer to add, 34,000 at most.
INSERT INTO skill_targets (
    student_id,
    skill_name,
    assigned_by,
    assigned_at,
    completed,
    completed_at
)
WITH targets AS (
    SELECT
        s.id,
        s.teacher_id,
        (de.date + time '15:00') AT TIME ZONE 'UTC' AS assigned_at,
        hashtextextended(de.id, 7) AS bits
    FROM data_entries AS de
    INNER JOIN students AS s ON de.student_id = s.id
    WHERE de.id BETWEEN 'DE' || (9000000001 + 10000 * current_setting('slate.slice')::bigint)
        AND 'DE' || (9000003000 + 10000 * current_setting('slate.slice')::bigint)
)

SELECT
    t.id,
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
    ])[1 + ((t.bits >> 8) & 1023) % 17],
    t.teacher_id,
    t.assigned_at,
    ((t.bits >> 18) & 1023) % 3 > 0,
    CASE
        WHEN ((t.bits >> 18) & 1023) % 3 > 0
            THEN t.assigned_at + (7 + ((t.bits >> 28) & 1023) % 77) * interval '1 day'
    END
FROM targets AS t
WHERE (t.bits & 1023) % 30 = 0
ON CONFLICT DO NOTHING;
