-- A term at Riverside School, spring 2025: two teachers, an inspector, eight students, and one row
-- of everything. Run after reference.sql. Idempotent by fixed ids from 1001 on. Only dates of birth
-- depend on today.

-- The term is history: make its months, so that nothing sits in the default partitions.
SELECT create_time_partitions(2, '2025-04-15');

INSERT INTO users (
    id, email, first_name, last_name, is_teacher, school, department, subjects, grade_levels,
    last_login, created_at
)
VALUES
(
    '0a1b2c3d-0000-4000-8000-000000001001', 'maya.okafor@riverside.example', 'Maya', 'Okafor', true,
    'Riverside School', 'Physical Education', '["games", "fitness"]', '["6", "7"]',
    '2025-05-05 07:12Z', '2025-03-01 08:00Z'
),
(
    '0a1b2c3d-0000-4000-8000-000000001002', 'daniel.reyes@riverside.example', 'Daniel', 'Reyes',
    true,
    'Riverside School', 'Physical Education', '["gymnastics"]', '["7"]', '2025-05-02 14:40Z',
    '2025-03-01 08:05Z'
),
(
    '0a1b2c3d-0000-4000-8000-000000001003', 'ingrid.holm@riverside.example', 'Ingrid', 'Holm',
    false,
    'Riverside School', 'Facilities', NULL, NULL, '2025-05-05 06:30Z', '2025-03-03 09:00Z'
)
ON CONFLICT DO NOTHING;

INSERT INTO user_preferences (user_id, theme, notifications, language, timezone)
VALUES
(
    '0a1b2c3d-0000-4000-8000-000000001001', 'dark', '{"email": true, "push": false}', 'en',
    'Europe/London'
),
('0a1b2c3d-0000-4000-8000-000000001002', 'light', '{"email": false}', 'es', 'Europe/Madrid')
ON CONFLICT (user_id) DO NOTHING;

INSERT INTO assistant_profiles (
    id, name, description, model_version, configuration, temperature, context_length
)
VALUES
(1001, 'Coach', 'Plans lessons and routines', 'gpt-4o-2024-08-06', '{"top_p": 0.9}', 0.6, 128000),
(
    1002, 'Analyst', 'Explains movement analyses', 'gpt-4o-mini-2024-07-18', '{"top_p": 1}', 0.1,
    64000
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO assistant_capabilities (assistant_profile_id, name, description, parameters, priority)
VALUES
(1001, 'plan_lesson', 'Writes a lesson for a class', '{"max_minutes": 60}', 1),
(1001, 'adapt_activity', 'Makes an activity right for one student', '{}', 2),
(1002, 'explain_analysis', 'Says what an analysis means', '{"language": "plain"}', 1)
ON CONFLICT (assistant_profile_id, name) DO NOTHING;

INSERT INTO subject_assistant (subject_category_id, assistant_profile_id)
SELECT c.id, v.assistant_profile_id
FROM (
    VALUES ('Games', 1001), ('Fitness', 1001), ('Physical Education', 1002)
) AS v (name, assistant_profile_id)
INNER JOIN subject_categories AS c ON c.name = v.name
ON CONFLICT DO NOTHING;

INSERT INTO user_memories (
    id, user_id, assistant_profile_id, content, context, importance, category, tags, source,
    confidence, created_at
)
VALUES
(
    1001, '0a1b2c3d-0000-4000-8000-000000001001', 1001,
    '6a tires quickly: keep running games under 8 minutes', '{"class_id": 1001}', 0.9,
    'class_insight',
    '["endurance", "6a"]', 'conversation', 0.8, '2025-04-10 15:00Z'
),
(
    1002, '0a1b2c3d-0000-4000-8000-000000001001', 1001,
    'Prefers circuits to races', '{"asked_in": "planning"}', 0.6, 'preference',
    '["endurance", "planning"]', 'conversation', 0.9, '2025-04-12 15:00Z'
),
(
    1003, '0a1b2c3d-0000-4000-8000-000000001002', NULL,
    'Mats are stored behind the stage', NULL, 0.3, 'fact', '["equipment"]', 'note', 1,
    '2025-04-15 10:00Z'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO memory_interactions (
    id, memory_id, user_id, interaction_type, context, feedback, created_at
)
VALUES
(
    1001, 1001, '0a1b2c3d-0000-4000-8000-000000001001', 'recall', '{"lesson_id": 1001}',
    '{"helpful": true}', '2025-05-04 18:00Z'
),
(
    1002, 1002, '0a1b2c3d-0000-4000-8000-000000001001', 'correction', NULL,
    '{"text": "races are fine in summer"}', '2025-05-04 18:05Z'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO lessons (
    id, user_id, subject_category_id, assistant_profile_id, title, description, content, metadata
)
SELECT
    1001, '0a1b2c3d-0000-4000-8000-000000001001', c.id, 1001, 'Dribbling under pressure',
    'Monday, main gym',
    '{"steps": ["warm up", "dribble through gates", "small-sided game"]}',
    '{"minutes": 45, "grade": "6"}'
FROM subject_categories AS c
WHERE c.name = 'Games'
ON CONFLICT (id) DO NOTHING;

INSERT INTO activities (
    id, name, description, activity_type, difficulty, equipment_required, duration_minutes,
    instructions, safety_guidelines, variations, benefits, activity_metadata
)
VALUES
(
    1001, 'Dynamic stretching', 'Joint circles, lunges and swings', 'warm_up', 'beginner', 'none',
    8,
    'Two lines, one length each', 'Space of two arms', 'With music', 'Mobility', '{
        "progression_path": ["beginner", "intermediate"],
        "safety_considerations": ["clear_space_needed"]
    }'
),
(
    1002, 'Gate dribbling', 'Dribble through gates of cones', 'skill_development', 'intermediate',
    'minimal', 15,
    'Score a point for each gate', 'Heads up', 'Weak foot only', 'Ball control', '{
        "prerequisites": ["basic_balance"],
        "progression_path": ["beginner", "intermediate", "advanced"],
        "equipment_details": {"required": ["cones", "balls"], "optional": ["bibs"]},
        "safety_considerations": ["clear_space_needed", "proper_footwear_required"]
    }'
),
(
    1003, 'Box jumps', 'Jump onto a low box and land softly', 'fitness_training', 'advanced',
    'moderate', 12,
    'Three sets of eight', 'Knees over toes; spotter beside the box', 'Step up', 'Leg power', '{
        "prerequisites": ["basic_balance", "core_strength"],
        "progression_path": ["beginner", "intermediate", "advanced"],
        "equipment_details": {"required": ["mat", "cones"], "optional": ["weights"]},
        "safety_considerations": ["clear_space_needed", "proper_footwear_required"]
    }'
),
(
    1004, 'Three-a-side', 'Small-sided game on a short pitch', 'game', 'intermediate', 'minimal',
    15,
    'Rotate every three minutes', 'No slide tackles', 'Two goals each',
    'Decisions under pressure', '{
        "prerequisites": ["basic_dribbling"],
        "equipment_details": {"required": ["balls"]}
    }'
),
(
    1005, 'Walk and breathe', 'Slow laps and stretching', 'cool_down', 'beginner', 'none', 5,
    'Two laps', NULL, NULL, 'Recovery', NULL
),
(
    1006, 'Depth jumps', 'Step off a box, land, jump', 'fitness_training', 'advanced', 'moderate',
    10,
    'Two sets of six', 'Only after box jumps are mastered', NULL, 'Reactive power', '{
        "prerequisites": ["core_strength", "box_jumps"],
        "equipment_details": {"required": ["mat"]}
    }'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO activity_category_associations (activity_id, category_id, primary_category)
SELECT v.activity_id, c.id, v.is_primary
FROM (
    VALUES
    (1001, 'Movement', true),
    (1002, 'Ball handling', true),
    (1002, 'Locomotion', false),
    (1003, 'Locomotion', true),
    (1003, 'Fitness training', false),
    (1004, 'Team play', true),
    (1005, 'Movement', true),
    (1006, 'Locomotion', true)
) AS v (activity_id, category_name, is_primary)
INNER JOIN activity_categories AS c ON c.name = v.category_name
ON CONFLICT DO NOTHING;

INSERT INTO exercises (id, activity_id, name, description, type, difficulty, instructions)
VALUES
(1001, 1003, 'Step up', 'One foot after the other', 'strength', 'beginner', 'Ten on each leg'),
(
    1002, 1003, 'Soft landing', 'Jump down and hold', 'technique', 'intermediate',
    'Hold for two seconds'
),
(1003, NULL, 'Plank', 'Straight from heel to head', 'core', 'beginner', '30 seconds')
ON CONFLICT (id) DO NOTHING;

INSERT INTO activity_progressions (
    from_activity_id, to_activity_id, progression_type, requirements, difficulty_increase
)
VALUES
(1003, 1006, 'power', '{"level": "advanced", "assessments": 2}', 0.3),
(1002, 1004, 'game', '{"level": "intermediate"}', 0.1)
ON CONFLICT DO NOTHING;

INSERT INTO classes (
    id, name, schedule, capacity, start_date, end_date, status, grade_level, teacher_id
)
VALUES
(
    1001, '6a Movement and games', '{
        "weekly_schedule": [
            {
                "day": "monday", "time": "14:00", "duration_minutes": 45, "location": "main_gym",
                "equipment_needed": ["mats", "balls"], "setup_time_minutes": 10
            },
            {
                "day": "wednesday", "time": "15:30", "duration_minutes": 45,
                "location": "outdoor_field",
                "weather_dependent": true, "backup_location": "auxiliary_gym"
            }
        ],
        "exceptions": [{"date": "2025-05-01", "reason": "school_holiday", "status": "cancelled"}],
        "term_breaks": [
            {"start_date": "2025-07-01", "end_date": "2025-07-15", "type": "summer_break"}
        ]
    }', 4, '2025-04-01', '2025-06-30', 'active', '6', '0a1b2c3d-0000-4000-8000-000000001001'
),
(
    1002, '7b Gymnastics', '{
        "weekly_schedule": [
            {"day": "tuesday", "time": "09:00", "duration_minutes": 60, "location": "auxiliary_gym"}
        ]
    }', 20, '2025-04-01', '2025-06-30', 'active', '7', '0a1b2c3d-0000-4000-8000-000000001002'
),
(
    1003, '6a Summer athletics', NULL, NULL, '2025-09-01', NULL, 'planned', '6',
    '0a1b2c3d-0000-4000-8000-000000001001'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO students (
    id, first_name, last_name, email, date_of_birth, gender, fitness_level, medical_notes
)
SELECT
    v.id, v.first_name, v.last_name, v.email,
    (current_date - v.age * interval '1 year' - interval '40 days')::date,
    v.gender::gender, v.fitness_level::fitness_level, v.medical_notes
FROM (
    VALUES
    (
        1001, 'Ava', 'Lindqvist', 'ava.lindqvist@students.example', 11, 'female', 'intermediate',
        'Asthma: inhaler in the gym bag'
    ),
    (1002, 'Ben', 'Castellano', 'ben.castellano@students.example', 11, 'male', 'beginner', NULL),
    (1003, 'Chidi', 'Eze', 'chidi.eze@students.example', 12, 'male', 'advanced', NULL),
    (
        1004, 'Dana', 'Weiss', NULL, 11, 'other', 'intermediate',
        'Wears an insulin pump; no contact games'
    ),
    (1005, 'Emil', 'Novak', 'emil.novak@students.example', 11, 'male', 'beginner', NULL),
    (1006, 'Farah', 'Haddad', 'farah.haddad@students.example', 12, 'female', 'elite', NULL),
    (1007, 'Grace', 'Tan', 'grace.tan@students.example', 12, 'female', 'intermediate', NULL),
    (1008, 'Hugo', 'Marchetti', 'hugo.marchetti@students.example', 13, 'male', NULL, NULL)
) AS v (id, first_name, last_name, email, age, gender, fitness_level, medical_notes)
ON CONFLICT DO NOTHING;

-- 6a has four places: the last two wait, in this order.
INSERT INTO class_students (class_id, student_id, enrollment_date, status, waitlisted_at)
VALUES
(1001, 1001, '2025-03-20', 'enrolled', NULL),
(1001, 1002, '2025-03-20', 'enrolled', NULL),
(1001, 1003, '2025-03-21', 'enrolled', NULL),
(1001, 1004, '2025-03-24', 'enrolled', NULL),
(1001, 1005, '2025-03-25', 'waitlisted', '2025-03-25 08:00Z'),
(1001, 1006, '2025-03-26', 'waitlisted', '2025-03-26 08:00Z'),
(1001, 1008, '2025-03-20', 'withdrawn', NULL),
(1002, 1006, '2025-03-20', 'enrolled', NULL),
(1002, 1007, '2025-03-20', 'enrolled', NULL),
(1002, 1008, '2025-04-02', 'enrolled', NULL)
ON CONFLICT (class_id, student_id) DO NOTHING;

INSERT INTO routines (id, class_id, name, description, status, scheduled_at, focus_areas)
VALUES
(
    1001, 1001, 'Jump and dribble', 'The Monday routine', 'in_progress', '2025-05-05', '{
        "primary_focus": "cardio",
        "secondary_focus": ["strength", "flexibility"],
        "target_muscle_groups": ["legs", "core"],
        "intensity_distribution": {"high": 0.3, "medium": 0.5, "low": 0.2},
        "progression_goals": ["increase_duration", "add_complexity"]
    }'
),
(1002, 1001, 'Field games', NULL, 'scheduled', '2025-05-07', '{"primary_focus": "teamwork"}'),
(
    1003, NULL, 'Rainy-day template', 'For any class', 'draft', NULL,
    '{"primary_focus": "flexibility"}'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO routine_activities (
    id, routine_id, activity_id, exercise_id, sequence_order, duration, activity_type, is_timed
)
VALUES
(1001, 1001, 1001, NULL, 1, 8, 'warm_up', true),
(1002, 1001, 1002, NULL, 2, 15, 'main', true),
(1003, 1001, NULL, 1002, 3, NULL, 'main', false),
(1004, 1001, 1005, NULL, 4, 5, 'cool_down', true),
(1005, 1003, NULL, 1003, 1, 1, 'main', true)
ON CONFLICT (id) DO NOTHING;

INSERT INTO routine_performance (
    id, routine_id, student_id, performance_data, completion_time, accuracy_score, effort_score,
    notes, is_completed, created_at
)
VALUES
(1001, 1001, 1001, '{"gates": 14}', 1710.5, 0.82, 0.9, 'Strong finish', true, '2025-05-05 14:40Z'),
(1002, 1001, 1003, '{"gates": 19}', 1640, 0.91, 0.75, NULL, true, '2025-05-05 14:41Z'),
(1003, 1001, 1002, NULL, NULL, NULL, 0.6, 'Left early', false, '2025-05-05 14:30Z')
ON CONFLICT (id) DO NOTHING;

INSERT INTO performance_metrics (
    id, performance_id, metric_type, metric_value, metric_data, created_at
)
VALUES
(1001, 1001, 'heart_rate', 152, '{"unit": "bpm"}', '2025-05-05 14:20Z'),
(1002, 1001, 'steps', 2310, NULL, '2025-05-05 14:40Z'),
(1003, 1002, 'heart_rate', 147, '{"unit": "bpm"}', '2025-05-05 14:20Z')
ON CONFLICT DO NOTHING;

INSERT INTO skill_progress (
    id, student_id, activity_id, skill_level, progress_data, goals, improvement_rate
)
VALUES
(
    1001, 1001, 1002, 'intermediate', '{
        "metrics": {"accuracy": 0.85, "speed": 0.70, "endurance": 0.65},
        "milestones_achieved": ["basic_form_mastered", "intermediate_speed_reached"],
        "areas_for_improvement": ["advanced_techniques", "consistency"]
    }', '{"next": "weak foot"}', 0.12
),
(1002, 1003, 1003, 'advanced', '{"metrics": {"accuracy": 0.9}}', NULL, 0.05)
ON CONFLICT (id) DO NOTHING;

INSERT INTO skill_progressions (student_id, activity_id, current_level)
VALUES (1001, 1002, 'intermediate'), (1003, 1003, 'expert'), (1006, NULL, 'master')
ON CONFLICT (student_id, activity_id) DO NOTHING;

INSERT INTO skill_assessments (id, student_id, activity_id, overall_score, assessment_date, status)
VALUES
(1001, 1001, 1002, 78.5, '2025-05-05', 'completed'),
(1002, 1003, 1003, 91, '2025-05-05', 'completed'),
(1003, 1002, 1002, NULL, '2025-05-12', 'pending')
ON CONFLICT (id) DO NOTHING;

INSERT INTO assessment_results (assessment_id, criteria_id, score, notes)
SELECT v.assessment_id, c.id, v.score, v.notes
FROM (
    VALUES
    (1001, 'form', 7.5, 'Looks down'),
    (1001, 'accuracy', 8, NULL),
    (1001, 'speed', 7, NULL),
    (1001, 'consistency', 8.5, NULL),
    (1002, 'form', 9, 'Textbook landing')
) AS v (assessment_id, name, score, notes)
INNER JOIN assessment_criteria AS c ON c.name = v.name AND c.parent_id IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO activity_plans (
    id, student_id, class_id, name, description, start_date, end_date, status, objectives,
    assessment_criteria, adaptations, progress_tracking, notes
)
VALUES
(
    1001, 1001, 1001, 'Ball control by summer', 'Twelve weeks', '2025-04-07', '2025-06-27',
    'active', '{
        "learning_objectives": [
            {
                "area": "skill_development",
                "target": "master_basic_dribbling",
                "success_criteria": [
                    "maintain ball control while walking",
                    "change direction without losing control"
                ]
            },
            {
                "area": "fitness",
                "target": "improve_endurance",
                "success_criteria": [
                    "complete 20-minute continuous activity", "maintain target heart rate"
                ]
            }
        ],
        "priority_levels": {"skill_development": "high", "fitness": "medium", "teamwork": "low"}
    }', '{
        "skill_criteria": {
            "technique": {
                "weight": 0.4,
                "minimum_score": 7.0,
                "evaluation_points": ["proper form", "movement control", "body positioning"]
            },
            "performance": {
                "weight": 0.6,
                "minimum_score": 6.5,
                "evaluation_points": ["speed", "accuracy", "consistency"]
            }
        },
        "progress_indicators": ["improvement_rate", "skill_mastery", "effort_level"]
    }', '{"pace": "rest every 6 minutes"}', '{
        "weekly_metrics": [
            {
                "week": 1,
                "attendance": 0.9,
                "completion_rate": 0.85,
                "skill_improvements": {"dribbling": 0.2, "shooting": 0.15}
            }
        ],
        "achievement_milestones": [
            {
                "milestone": "basic_dribbling",
                "achieved_date": "2025-05-01",
                "proficiency_level": "intermediate"
            }
        ],
        "adaptation_history": [
            {
                "date": "2025-04-15",
                "type": "difficulty_increase",
                "reason": "consistent high performance",
                "details": {"from_level": "beginner", "to_level": "intermediate"}
            }
        ]
    }', 'Agreed with the parents'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO activity_plan_activities (id, plan_id, activity_id, scheduled_date, status)
VALUES
(1001, 1001, 1002, '2025-04-14', 'completed'),
(1002, 1001, 1002, '2025-05-05', 'completed'),
(1003, 1001, 1004, '2025-05-12', 'scheduled'),
(1004, 1001, 1003, NULL, 'scheduled')
ON CONFLICT (id) DO NOTHING;

SET LOCAL app.change_reason = 'Asthma: shorter intervals';

INSERT INTO activity_adaptations (
    id, student_id, activity_id, adaptation_type, adaptation_data, difficulty_adjustment,
    start_date, end_date
)
VALUES
(1001, 1001, 1004, 'intensity', '{"interval_minutes": 2}', -0.3, '2025-04-07', '2025-06-27'),
(1002, 1004, 1004, 'technique', '{"contact": false}', -0.1, '2025-04-07', NULL)
ON CONFLICT (id) DO NOTHING;

SET LOCAL app.change_reason = '';

INSERT INTO student_activity_performances (
    student_id, activity_id, performance_date, score, feedback
)
VALUES
(1001, 1002, '2025-04-14', 0.55, '{"teacher": "Keep your head up"}'),
(1001, 1002, '2025-05-05', 0.72, '{"teacher": "Much better"}'),
(1003, 1003, '2025-05-05', 0.9, NULL)
ON CONFLICT DO NOTHING;

-- The document writes these types in capitals; they are stored in lower case.
INSERT INTO student_activity_preferences (student_id, activity_type, preference_score)
VALUES (1001, 'GAME', 0.9), (1001, 'warm_up', 0.4), (1003, 'FITNESS_TRAINING', 0.95)
ON CONFLICT (student_id, activity_type) DO NOTHING;

INSERT INTO pe_activity_preferences (
    student_id, activity_id, preference_score, preference_level, notes, metadata
)
VALUES (1001, 1004, 0.95, 'loves it', 'Asks for it every week', '{"since": "2025-04"}')
ON CONFLICT (student_id, activity_id) DO NOTHING;

INSERT INTO adaptation_activity_preferences (student_id, activity_type, preference_score)
VALUES (1001, 'skill_development', 0.8), (1004, 'game', 0.3)
ON CONFLICT (student_id, activity_type) DO NOTHING;

INSERT INTO safety_checks (
    id, class_id, check_type, status, notes, completed_at, location, inspector_id, severity_level,
    action_required, follow_up_date
)
VALUES
(
    1001, 1001, 'before_class', 'passed', NULL, '2025-05-05 13:40Z', 'main_gym',
    '0a1b2c3d-0000-4000-8000-000000001003', 'none', false, NULL
),
(
    1002, 1001, 'field_inspection', 'findings', 'Hole near the east goal', '2025-04-30 09:00Z',
    'outdoor_field',
    '0a1b2c3d-0000-4000-8000-000000001003', 'moderate', true, '2025-05-04'
),
(
    1003, 1002, 'before_class', 'pending', NULL, NULL, 'auxiliary_gym',
    '0a1b2c3d-0000-4000-8000-000000001003', NULL, false, '2025-05-06'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO equipment_checks (
    id, equipment_type, condition, last_maintenance, next_maintenance, inspector_id,
    maintenance_history, replacement_date, safety_rating
)
VALUES
(
    1001, 'mat', 'worn', '2024-11-04', '2025-05-01', '0a1b2c3d-0000-4000-8000-000000001003',
    '[{"date": "2024-11-04", "work": "seams sewn"}]', '2025-09-01', 0.55
),
(
    1002, 'cones', 'good', '2025-02-10', '2026-02-10', '0a1b2c3d-0000-4000-8000-000000001003', NULL,
    NULL, 0.95
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO risk_assessments (
    id, activity_id, risk_level, mitigation_measures, assessment_date, assessor_id, risk_factors,
    probability, impact, review_date
)
VALUES
(
    1001, 1003, 'moderate', 'Low boxes, mats around, one student per box', '2025-03-28',
    '0a1b2c3d-0000-4000-8000-000000001003', '["height", "fatigue"]', 0.2, 0.5, '2025-09-28'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO environmental_checks (
    id, class_id, check_date, temperature, humidity, air_quality, surface_conditions, lighting,
    equipment_condition, environmental_metadata
)
VALUES
(
    1001, 1001, '2025-05-05', 19.5, 48, 31, '{"floor": "dry"}', 520, '{"boxes": "stable"}',
    '{"sensor": "gym-2"}'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO safety_incidents (
    id, student_id, activity_id, date, incident_type, severity, description, action_taken,
    incident_metadata
)
VALUES
(
    1001, 1003, 1003, '2025-04-28', 'fall', 'moderate', 'Slipped off the box on landing',
    'Ice, parents called',
    '{"witnesses": 2, "box_cm": 40}'
),
(
    1002, 1001, 1004, '2025-05-07', 'breathing', 'low', 'Short of breath after three minutes',
    'Inhaler, rest', NULL
)
ON CONFLICT DO NOTHING;

INSERT INTO movement_analysis (
    id, student_id, activity_id, analysis_data, recommendations, confidence_score, quality_score,
    repetitions, duration, created_at
)
VALUES
(
    1001, 1003, 1003, '{
        "movement_data": {
            "landmarks": {
                "pose_landmarks": [{"name": "left_knee", "x": 0.41, "y": 0.72}],
                "world_landmarks": [{"name": "left_knee", "x": 0.02, "y": 0.44}]
            },
            "metrics": {
                "smoothness": 0.85, "consistency": 0.78, "speed": 0.92, "range_of_motion": 0.88
            }
        },
        "analysis_results": {
            "movement_type": "jumping",
            "quality_score": 0.82,
            "issues_detected": [
                {
                    "type": "knee_alignment",
                    "severity": "moderate",
                    "recommendation": "Focus on keeping knees aligned with toes"
                }
            ],
            "recommendations": [
                "Increase jump height gradually", "Maintain consistent landing pattern"
            ]
        }
    }', 'Land softer before jumping higher', 0.91, 0.82, 24, 38.5, '2025-05-05 14:25Z'
)
ON CONFLICT DO NOTHING;

INSERT INTO movement_patterns (
    id, movement_analysis_id, movement_analysis_created_at, pattern_type, description, metrics,
    pattern_data
)
VALUES
(
    1001, 1001, '2025-05-05 14:25Z', 'jumping', 'Two-footed take-off', '{"height_cm": 38}', '{
        "pattern_data": {
            "sequence": ["preparation", "execution", "follow_through"],
            "key_points": {
                "start_position": {"x": 0.5, "y": 0.8},
                "peak_position": {"x": 0.5, "y": 0.2},
                "end_position": {"x": 0.5, "y": 0.7}
            },
            "velocity_profile": [
                {"time": 0, "velocity": 0},
                {"time": 0.5, "velocity": 2.5},
                {"time": 1.0, "velocity": 0}
            ]
        }
    }'
)
ON CONFLICT (id) DO NOTHING;

INSERT INTO activity_logs (id, user_id, action, context, created_at)
VALUES
(
    1001, '0a1b2c3d-0000-4000-8000-000000001001', 'routine.started', '{"routine_id": 1001}',
    '2025-05-05 14:02Z'
)
ON CONFLICT DO NOTHING;

-- Ids given by hand do not move the counters: the next row must not meet one of these.
SELECT setval(pg_get_serial_sequence(t.name, 'id'), 2000)
FROM unnest(ARRAY[
    'assistant_profiles', 'user_memories', 'memory_interactions', 'lessons', 'activities',
    'exercises', 'classes',
    'students', 'routines', 'routine_activities', 'routine_performance', 'performance_metrics',
    'skill_progress',
    'skill_assessments', 'activity_plans', 'activity_plan_activities', 'activity_adaptations',
    'safety_checks',
    'equipment_checks', 'risk_assessments', 'environmental_checks', 'safety_incidents',
    'movement_analysis',
    'movement_patterns', 'activity_logs'
]) AS t (name)
WHERE coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, 'id')), 0) < 2000;

SELECT * FROM refresh_reports();
