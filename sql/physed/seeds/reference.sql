-- What every installation starts with: subject areas, the category tree, one set of assessment
-- criteria. Idempotent by natural keys; what a school has renamed or reweighted is left alone.

INSERT INTO subject_categories (name, description, level, path, category_data)
VALUES
('Physical Education', 'Movement, games, fitness and health', 1, 'physical_education', '{}'),
('Games', 'Ball games and team play', 2, 'physical_education/games', '{}'),
('Fitness', 'Endurance, strength and flexibility', 2, 'physical_education/fitness', '{}'),
('Gymnastics', 'Balance, rolls and apparatus', 2, 'physical_education/gymnastics', '{}'),
('Health', 'Body, nutrition and recovery', 2, 'physical_education/health', '{}')
ON CONFLICT (name) DO NOTHING;

INSERT INTO activity_categories (name, description, metadata)
VALUES
(
    'Movement', 'How the body moves: the root of all skills', '{
        "display_settings": {"color": "#4287f5", "icon": "running", "order": 1},
        "requirements": {
            "minimum_age": 5,
            "prerequisite_categories": [],
            "equipment_needs": "minimal",
            "space_needs": "large"
        },
        "curriculum_alignment": {
            "standards": ["PE.1.1"],
            "learning_outcomes": ["body_awareness"]
        },
        "safety_considerations": {
            "risk_level": "low", "supervision_required": true, "certification_needed": false
        }
    }'
),
(
    'Team play', 'Games of two sides',
    '{"display_settings": {"color": "#2e8b57", "icon": "ball", "order": 2}}'
),
(
    'Fitness training', 'Endurance, strength, flexibility',
    '{"display_settings": {"color": "#d2691e", "icon": "heart", "order": 3}}'
)
ON CONFLICT (name) DO NOTHING;

INSERT INTO activity_categories (name, description, parent_id, metadata)
SELECT v.name, v.description, p.id, v.metadata::jsonb
FROM (
    VALUES
    (
        'Locomotion', 'Running, jumping, landing', 'Movement', '{
            "display_settings": {"color": "#4287f5", "icon": "running", "order": 1},
            "requirements": {
                "minimum_age": 8,
                "prerequisite_categories": ["basic_movement"],
                "equipment_needs": "minimal",
                "space_needs": "large"
            },
            "curriculum_alignment": {
                "standards": ["PE.1.2", "PE.1.3"],
                "learning_outcomes": ["body_awareness", "spatial_orientation"]
            },
            "safety_considerations": {
                "risk_level": "low",
                "supervision_required": true,
                "certification_needed": false
            }
        }'
    ),
    ('Balance', 'Standing, holding, turning', 'Movement', '{"display_settings": {"order": 2}}'),
    (
        'Ball handling', 'Throwing, catching, dribbling', 'Team play',
        '{"display_settings": {"order": 1}}'
    )
) AS v (name, description, parent_name, metadata)
INNER JOIN activity_categories AS p ON p.name = v.parent_name
ON CONFLICT (name) DO NOTHING;

-- Two roots of one set, 0.4 and 0.6 as in the document's rubric; each root's children are a set of
-- their own.
INSERT INTO assessment_criteria (set_name, name, description, weight, min_score, max_score, rubric)
SELECT 'general', v.name, v.description, v.weight, 0, 10, v.rubric::jsonb
FROM (
    VALUES
    (
        'technique', 'How a movement is done', 0.4, '{
            "criteria": {
                "technique": {"weight": 0.4, "sub_criteria": {"form": 0.5, "accuracy": 0.5}},
                "performance": {"weight": 0.6, "sub_criteria": {"speed": 0.3, "consistency": 0.7}}
            }
        }'
    ),
    ('performance', 'What a movement achieves', 0.6, NULL)
) AS v (name, description, weight, rubric)
WHERE NOT EXISTS (
    SELECT 1 FROM assessment_criteria AS c WHERE c.set_name = 'general' AND c.parent_id IS NULL
);

INSERT INTO assessment_criteria (parent_id, name, description, weight, min_score, max_score)
SELECT p.id, v.name, v.description, v.weight, 0, 10
FROM (
    VALUES
    ('technique', 'form', 'Posture and line', 0.5),
    ('technique', 'accuracy', 'Hitting what is meant', 0.5),
    ('performance', 'speed', 'Time needed', 0.3),
    ('performance', 'consistency', 'The same result again', 0.7)
) AS v (parent_name, name, description, weight)
INNER JOIN assessment_criteria AS p
    ON p.name = v.parent_name AND p.set_name = 'general' AND p.parent_id IS NULL
WHERE NOT EXISTS (SELECT 1 FROM assessment_criteria AS c WHERE c.parent_id = p.id);
