-- One autumn at Hillside Middle School: three teachers, twenty students, evidence of all seven
-- types. Maya Lindqvist (S001) grows from Emerging to Advanced in Self-Awareness; the AI is wrong
-- now and then, and a teacher says so.

INSERT INTO skills (name, category)
VALUES
('Self-Awareness', 'SEL'),
('Self-Management', 'SEL'),
('Social Awareness', 'SEL'),
('Relationship Skills', 'SEL'),
('Responsible Decision-Making', 'SEL'),
('Working Memory', 'EF'),
('Inhibitory Control', 'EF'),
('Cognitive Flexibility', 'EF'),
('Planning', 'EF'),
('Organization', 'EF'),
('Task Initiation', 'EF'),
('Critical Thinking', '21st_Century'),
('Communication', '21st_Century'),
('Collaboration', '21st_Century'),
('Creativity', '21st_Century'),
('Digital Literacy', '21st_Century'),
('Initiative', '21st_Century')
ON CONFLICT (name) DO NOTHING;

INSERT INTO teachers (id, name, email, created_at)
VALUES
('T001', 'Elena Marchetti', 'elena.marchetti@hillside.example', '2025-08-18 08:00Z'),
('T002', 'Samuel Okafor', 'samuel.okafor@hillside.example', '2025-08-18 08:00Z'),
('T003', 'Ingrid Halvorsen', NULL, '2025-08-18 08:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO students (id, name, grade, teacher_id, created_at)
VALUES
('S001', 'Maya Lindqvist', 7, 'T001', '2025-08-25 08:00Z'),
('S002', 'Jonah Abebe', 7, 'T001', '2025-08-25 08:00Z'),
('S003', 'Priya Raman', 7, 'T001', '2025-08-25 08:00Z'),
('S004', 'Theo Castellanos', 7, 'T001', '2025-08-25 08:00Z'),
('S005', 'Hana Kobayashi', 7, 'T001', '2025-08-25 08:00Z'),
('S006', 'Liam Fitzgerald', 7, 'T001', '2025-08-25 08:00Z'),
('S007', 'Amara Nwosu', 7, 'T001', '2025-08-25 08:00Z'),
('S008', 'Diego Fuentes', 8, 'T002', '2025-08-25 08:00Z'),
('S009', 'Sofia Petrova', 8, 'T002', '2025-08-25 08:00Z'),
('S010', 'Noah Berger', 8, 'T002', '2025-08-25 08:00Z'),
('S011', 'Leila Haddad', 8, 'T002', '2025-08-25 08:00Z'),
('S012', 'Marcus Bell', 8, 'T002', '2025-08-25 08:00Z'),
('S013', 'Chloe Dubois', 8, 'T002', '2025-08-25 08:00Z'),
('S014', 'Ravi Deshmukh', 8, 'T002', '2025-08-25 08:00Z'),
('S015', 'Elsa Nygaard', 6, 'T003', '2025-08-25 08:00Z'),
('S016', 'Omar Siddiqui', 6, 'T003', '2025-08-25 08:00Z'),
('S017', 'Grace Thompson', 6, 'T003', '2025-08-25 08:00Z'),
('S018', 'Mateo Silva', 6, 'T003', '2025-08-25 08:00Z'),
('S019', 'Yuki Tanaka', 6, 'T003', '2025-08-25 08:00Z'),
('S020', 'Nadia Kowalska', 6, 'T003', '2025-08-25 08:00Z')
ON CONFLICT (id) DO NOTHING;

INSERT INTO data_entries (id, student_id, teacher_id, type, date, content, metadata, created_at)
SELECT
    e.id,
    e.student_id,
    e.teacher_id,
    e.type,
    e.date::date,
    e.content,
    e.metadata::jsonb,
    (e.date::date + time '16:00') AT TIME ZONE 'UTC'
FROM (
    VALUES
    (
        'DE001', 'S001', NULL, 'reflection_journal', '2025-09-05',
        'Today was fine. We did group work and it was annoying. I do not know why I got so '
        'angry at Theo.',
        '{"class": "7B", "words": 20}'
    ),
    (
        'DE002', 'S001', 'T001', 'teacher_observation_note', '2025-09-16',
        'Maya left the circle when her idea was voted down. Later she said: I needed a minute '
        'before I could listen.',
        '{"class": "7B", "setting": "class council"}'
    ),
    (
        'DE003', 'S001', 'T001', 'group_discussion_transcript', '2025-09-30',
        'Maya: I notice I talk over people when I am excited. Priya: It is okay. Maya: No, you '
        'go first, I will write mine down.',
        '{"class": "7B", "topic": "water cycle", "minutes": 12}'
    ),
    (
        'DE004', 'S001', NULL, 'peer_feedback', '2025-10-14',
        'Maya made a plan with dates for our poster and she told us when she was stuck instead '
        'of going quiet.',
        '{"class": "7B", "from": "S003"}'
    ),
    (
        'DE005', 'S001', NULL, 'reflection_journal', '2025-10-28',
        'When my chest gets tight I know I am about to snap, so I ask for the quiet corner. It '
        'worked twice this week.',
        '{"class": "7B", "words": 23}'
    ),
    (
        'DE006', 'S001', 'T001', 'project_presentation_transcript', '2025-11-11',
        'Maya: My strength is seeing patterns. My limit is patience, so I gave Jonah the part '
        'that needs slow work, and here is what we both learned.',
        '{"class": "7B", "topic": "river project", "minutes": 6}'
    ),
    (
        'DE007', 'S002', 'T001', 'peer_tutoring_transcript', '2025-10-07',
        'Jonah: So what do you get if you move the three over? Liam: Minus three. Jonah: Right, '
        'and why does it change its sign?',
        '{"class": "7B", "topic": "equations", "tutee": "S006"}'
    ),
    (
        'DE008', 'S002', NULL, 'parent_note', '2025-10-20',
        'Jonah now packs his bag the evening before without being told. At weekends he still '
        'forgets.',
        '{"class": "7B", "channel": "email"}'
    ),
    (
        'DE009', 'S003', 'T001', 'group_discussion_transcript', '2025-09-30',
        'Priya: Can we hear Hana first? She has not spoken yet. Hana: Thanks. I think '
        'evaporation is only half of it.',
        '{"class": "7B", "topic": "water cycle", "minutes": 12}'
    ),
    (
        'DE010', 'S004', 'T001', 'teacher_observation_note', '2025-10-09',
        'Theo began the lab three times before reading the sheet. On the fourth try he ticked '
        'each step with a pencil.',
        '{"class": "7B", "setting": "science lab"}'
    ),
    (
        'DE011', 'S005', NULL, 'reflection_journal', '2025-10-22',
        'My first idea did not work so I turned it upside down and now the bridge holds two books.',
        '{"class": "7B", "words": 19}'
    ),
    (
        'DE012', 'S006', NULL, 'peer_feedback', '2025-10-14',
        'Liam is funny but sometimes he jokes when someone is sad.',
        '{"class": "7B", "from": "S007"}'
    ),
    (
        'DE013', 'S007', 'T001', 'project_presentation_transcript', '2025-11-11',
        'Amara: Two sources say the mill closed in 1931 and one says 1936. I trust the two '
        'because they quote the town register.',
        '{"class": "7B", "topic": "river project", "minutes": 7}'
    ),
    (
        'DE014', 'S008', 'T002', 'peer_tutoring_transcript', '2025-10-02',
        'Diego: I will not tell you the answer. Where did it stop making sense? Marcus: At the '
        'fraction. Diego: Then we start there.',
        '{"class": "8A", "topic": "ratios", "tutee": "S012"}'
    ),
    (
        'DE015', 'S009', NULL, 'parent_note', '2025-10-17',
        'Sofia practises piano daily now. She made herself a chart and gets upset when she '
        'misses a day.',
        '{"class": "8A", "channel": "app"}'
    ),
    (
        'DE016', 'S010', 'T002', 'teacher_observation_note', '2025-11-04',
        'Noah put his phone in the box before class, unasked, and reminded two others kindly.',
        '{"class": "8A", "setting": "homeroom"}'
    ),
    (
        'DE017', 'S011', 'T002', 'group_discussion_transcript', '2025-10-23',
        'Leila: I disagree with the text. Noah: Why? Leila: Because it only asks the factory '
        'owners. Who asked the workers?',
        '{"class": "8A", "topic": "industrial revolution", "minutes": 15}'
    ),
    (
        'DE018', 'S012', NULL, 'reflection_journal', '2025-10-30',
        'I started the essay on Sunday night again. Next time I want to do the outline on '
        'Wednesday.',
        '{"class": "8A", "words": 18}'
    ),
    (
        'DE019', 'S013', NULL, 'peer_feedback', '2025-11-06',
        'Chloe gave everybody a job and then did most of it herself.',
        '{"class": "8A", "from": "S014"}'
    ),
    (
        'DE020', 'S014', 'T002', 'project_presentation_transcript', '2025-11-12',
        'Ravi: The chart is wrong on purpose. Find the trick in the axis, then tell me who '
        'would print it that way.',
        '{"class": "8A", "topic": "media literacy", "minutes": 5}'
    ),
    (
        'DE021', 'S015', 'T003', 'teacher_observation_note', '2025-10-13',
        'Elsa waited for her turn in every round of the game and lost without a word.',
        '{"class": "6C", "setting": "math games"}'
    ),
    (
        'DE022', 'S016', NULL, 'parent_note', '2025-10-24',
        'Omar asked his little sister what she wanted to play before choosing himself.',
        '{"class": "6C", "channel": "email"}'
    ),
    (
        'DE023', 'S017', 'T003', 'peer_tutoring_transcript', '2025-11-05',
        'Grace: Say it in your own words. Mateo: The plant eats light. Grace: Nearly! What does '
        'it make from the light?',
        '{"class": "6C", "topic": "photosynthesis", "tutee": "S018"}'
    ),
    (
        'DE024', 'S019', 'T003', 'group_discussion_transcript', '2025-11-05',
        'Yuki: I am not sure. Maybe both. Can I think and say it later?',
        '{"class": "6C", "topic": "fair rules", "minutes": 10}'
    ),
    (
        'DE025', 'S020', NULL, 'reflection_journal', '2025-11-07',
        'I asked the librarian for help because nobody else did. Now we have four books.',
        '{"class": "6C", "words": 15}'
    ),
    (
        'DE026', 'S018', NULL, 'peer_feedback', '2025-11-10',
        'Mateo says his idea once. When nobody answers he does not say it again.',
        '{"class": "6C", "from": "S017"}'
    )
) AS e (id, student_id, teacher_id, type, date, content, metadata)
ON CONFLICT (id) DO NOTHING;

-- The AI read each entry on the evening of its day. The last column counts what it rests on.
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
    s.name,
    s.category,
    r.level,
    r.confidence_score,
    r.justification,
    r.source_quote,
    r.data_point_count,
    r.read_at,
    r.read_at
FROM (
    SELECT
        v.*,
        (d.date + time '18:00' + v.reading * interval '1 minute') AT TIME ZONE 'UTC' AS read_at
    FROM (
        VALUES
        (
            1, 'DE001', 'Self-Awareness', 'Emerging', 0.91,
            'Names a feeling but not its cause.',
            'I do not know why I got so angry', 1
        ),
        (
            2, 'DE001', 'Relationship Skills', 'Emerging', 0.62,
            'Group work is described as a burden; little to go on.',
            'We did group work and it was annoying', 1
        ),
        (
            3, 'DE002', 'Self-Awareness', 'Emerging', 0.71,
            'Withdraws when disappointed.',
            'Maya left the circle', 1
        ),
        (
            4, 'DE002', 'Self-Management', 'Developing', 0.84,
            'Takes a break on her own and returns.',
            'I needed a minute before I could listen', 1
        ),
        (
            5, 'DE003', 'Self-Awareness', 'Developing', 0.86,
            'Notices a habit of her own and says so.',
            'I notice I talk over people when I am excited', 2
        ),
        (
            6, 'DE003', 'Inhibitory Control', 'Developing', 0.77,
            'Stops and yields, once, after the fact.',
            'No, you go first', 1
        ),
        (
            7, 'DE003', 'Collaboration', 'Proficient', 0.88,
            'Makes room for others and keeps her own idea.',
            'you go first, I will write mine down', 2
        ),
        (
            8, 'DE004', 'Self-Awareness', 'Developing', 0.82,
            'Says when she is stuck.',
            'told us when she was stuck', 2
        ),
        (
            9, 'DE004', 'Planning', 'Proficient', 0.90,
            'Sets dates for shared work unasked.',
            'Maya made a plan with dates', 1
        ),
        (
            10, 'DE005', 'Self-Awareness', 'Proficient', 0.93,
            'Knows the bodily sign of anger and what helps.',
            'When my chest gets tight I know I am about to snap', 3
        ),
        (
            11, 'DE005', 'Self-Management', 'Proficient', 0.89,
            'Uses a strategy more than once, with success.',
            'It worked twice this week', 2
        ),
        (
            12, 'DE006', 'Self-Awareness', 'Advanced', 0.95,
            'Weighs strength and limit and plans a team around both.',
            'My strength is seeing patterns. My limit is patience', 3
        ),
        (
            13, 'DE006', 'Communication', 'Advanced', 0.87,
            'Presents a choice, its reason and its result.',
            'here is what we both learned', 2
        ),
        (
            14, 'DE006', 'Planning', 'Advanced', 0.58,
            'Divides work by what it needs; one sentence of evidence.',
            'I gave Jonah the part that needs slow work', 1
        ),
        (
            15, 'DE007', 'Communication', 'Proficient', 0.92,
            'Leads by questions and asks for the reason.',
            'why does it change its sign?', 2
        ),
        (
            16, 'DE007', 'Critical Thinking', 'Proficient', 0.79,
            'Looks for the why; his own understanding is implied.',
            'So what do you get if you move the three over?', 1
        ),
        (
            17, 'DE008', 'Organization', 'Developing', 0.83,
            'Prepares on school days, not at weekends.',
            'Jonah now packs his bag the evening before', 2
        ),
        (
            18, 'DE009', 'Social Awareness', 'Advanced', 0.94,
            'Sees who is silent and opens a place for her.',
            'She has not spoken yet', 2
        ),
        (
            19, 'DE010', 'Task Initiation', 'Emerging', 0.66,
            'Starts before reading.',
            'Theo began the lab three times before reading the sheet', 1
        ),
        (
            20, 'DE010', 'Working Memory', 'Developing', 0.81,
            'Finds an aid for keeping track of steps.',
            'ticked each step with a pencil', 1
        ),
        (
            21, 'DE011', 'Creativity', 'Proficient', 0.90,
            'Turns a failed idea into another that works.',
            'I turned it upside down', 1
        ),
        (
            22, 'DE011', 'Cognitive Flexibility', 'Proficient', 0.85,
            'Gives up a first idea without being told.',
            'My first idea did not work', 1
        ),
        (
            23, 'DE012', 'Social Awareness', 'Emerging', 0.54,
            'Jokes at the wrong moment; one voice, no example.',
            'sometimes he jokes when someone is sad', 1
        ),
        (
            24, 'DE013', 'Critical Thinking', 'Advanced', 0.96,
            'Compares sources and says why one is better.',
            'I trust the two because they quote the town register', 3
        ),
        (
            25, 'DE014', 'Relationship Skills', 'Proficient', 0.91,
            'Starts from where the other is.',
            'Where did it stop making sense?', 2
        ),
        (
            26, 'DE015', 'Self-Management', 'Developing', 0.69,
            'Keeps a routine, but with distress; seen by a parent only.',
            'She made herself a chart', 1
        ),
        (
            27, 'DE016', 'Inhibitory Control', 'Advanced', 0.86,
            'Removes the temptation before it comes.',
            'Noah put his phone in the box before class, unasked', 1
        ),
        (
            28, 'DE017', 'Critical Thinking', 'Developing', 0.75,
            'Disagrees with a text.',
            'I disagree with the text', 1
        ),
        (
            29, 'DE018', 'Planning', 'Emerging', 0.88,
            'Sees the pattern and names a next step.',
            'I started the essay on Sunday night again', 1
        ),
        (
            30, 'DE019', 'Collaboration', 'Proficient', 0.63,
            'Shares out the work.',
            'Chloe gave everybody a job', 1
        ),
        (
            31, 'DE020', 'Digital Literacy', 'Advanced', 0.93,
            'Builds a misleading chart to teach others to see it.',
            'Find the trick in the axis', 2
        ),
        (
            32, 'DE021', 'Self-Management', 'Developing', 0.48,
            'Silence may be patience or resignation.',
            'lost without a word', 1
        ),
        (
            33, 'DE022', 'Social Awareness', 'Proficient', 0.80,
            'Asks for the wish of another before his own.',
            'asked his little sister what she wanted to play', 1
        ),
        (
            34, 'DE023', 'Communication', 'Proficient', 0.89,
            'Encourages and asks on.',
            'Nearly! What does it make from the light?', 2
        ),
        (
            35, 'DE024', 'Responsible Decision-Making', 'Emerging', 0.57,
            'Puts the decision off.',
            'Maybe both', 1
        ),
        (
            36, 'DE025', 'Initiative', 'Proficient', NULL,
            'Acts where others wait; not scored, read by hand.',
            'I asked the librarian for help because nobody else did', 1
        ),
        (
            37, 'DE026', 'Communication', 'Emerging', 0.81,
            'Offers an idea but does not make himself heard.',
            'When nobody answers he does not say it again', 1
        )
    ) AS v (
        reading,
        data_entry_id,
        skill_name,
        level,
        confidence_score,
        justification,
        source_quote,
        data_point_count
    )
    INNER JOIN data_entries AS d ON v.data_entry_id = d.id
) AS r
INNER JOIN data_entries AS de ON r.data_entry_id = de.id
INNER JOIN skills AS s ON r.skill_name = s.name
ORDER BY r.reading
ON CONFLICT (data_entry_id, skill_name) DO NOTHING;

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
    c.corrected_level,
    a.justification,
    c.corrected_justification,
    c.teacher_notes,
    c.corrected_by,
    a.created_at + c.days_later * interval '1 day'
FROM (
    VALUES
    (
        'DE002', 'Self-Awareness', 'Developing', 'Knows what she needs and can say it afterwards.',
        'Leaving is not withdrawal when the student comes back and explains it.', 'T001', 1
    ),
    (
        'DE003', 'Inhibitory Control', 'Proficient', 'Stops herself in the middle of a sentence.',
        'Yielding in the heat of a discussion is harder than it reads.', 'T001', 2
    ),
    (
        'DE010', 'Task Initiation', 'Proficient', 'Begins at once; reading first is another skill.',
        'Eager false starts are about planning. Do not count them against initiation.', 'T001', 1
    ),
    (
        'DE017', 'Critical Thinking', 'Advanced', 'Asks whose voice is missing from the source.',
        'The question is the evidence here, not the disagreement.', 'T002', 3
    ),
    (
        'DE019', 'Collaboration', 'Developing', 'Hands out work and takes it back.',
        'Read to the end of the sentence: the second half turns it round.', 'T002', 1
    ),
    (
        'DE018', 'Planning', 'Emerging', 'Wants to plan earlier; has not done so yet.',
        NULL, 'T002', 4
    )
) AS c (
    data_entry_id,
    skill_name,
    corrected_level,
    corrected_justification,
    teacher_notes,
    corrected_by,
    days_later
)
INNER JOIN assessments AS a ON c.data_entry_id = a.data_entry_id AND c.skill_name = a.skill_name
ORDER BY a.id
ON CONFLICT (assessment_id) DO NOTHING;

-- By student and skill, open or not: a target that was completed since is not assigned again.
INSERT INTO skill_targets (
    student_id, skill_name, assigned_by, assigned_at, completed, completed_at
)
SELECT
    t.student_id,
    t.skill_name,
    t.assigned_by,
    t.assigned_at::timestamptz,
    t.completed_at IS NOT NULL,
    t.completed_at::timestamptz
FROM (
    VALUES
    ('S001', 'Self-Awareness', 'T001', '2025-09-08 09:00Z', '2025-11-12 09:00Z'),
    ('S001', 'Inhibitory Control', 'T001', '2025-10-01 09:00Z', NULL),
    ('S004', 'Planning', 'T001', '2025-10-10 09:00Z', NULL),
    ('S006', 'Social Awareness', 'T001', '2025-10-15 09:00Z', NULL),
    ('S012', 'Planning', 'T002', '2025-10-31 09:00Z', NULL),
    ('S013', 'Collaboration', 'T002', '2025-11-07 09:00Z', NULL),
    ('S017', 'Communication', 'T003', '2025-10-06 09:00Z', '2025-11-06 09:00Z'),
    ('S019', 'Responsible Decision-Making', 'T003', '2025-11-06 09:00Z', NULL)
) AS t (student_id, skill_name, assigned_by, assigned_at, completed_at)
WHERE NOT EXISTS (
    SELECT 1
    FROM skill_targets AS st
    WHERE st.student_id = t.student_id AND st.skill_name = t.skill_name
);
