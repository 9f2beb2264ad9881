-- Why:  one schema for physical education: who teaches, what is taught, how each student moves, what keeps them safe.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.
--
-- people      users, user_preferences · activity_logs, audit_log, status_changes say who did what
-- assistants  assistant_profiles, assistant_capabilities, subject_categories, subject_assistant,
--             user_memories, memory_interactions, lessons
-- activities  activities, activity_categories, activity_category_associations, exercises, activity_progressions
-- students    students, classes, class_students · medical_keys protects what students told in confidence
-- routines    routines, routine_activities, routine_performance, performance_metrics (by month)
-- skills      skill_progress, skill_progressions, assessment_criteria, skill_assessments and results and history
-- plans       activity_plans, activity_plan_activities, activity_adaptations, adaptation_history
-- tastes      student_activity_performances, three preference tables
-- safety      safety_checks, equipment_checks, risk_assessments, environmental_checks, safety_incidents (by month)
-- movement    movement_analysis (by month), movement_patterns, movement_pattern_types

SELECT core.open_schema('authenticated_users', 'physed_service', 'physed_reader');

-- SQL without a path of its own becomes part of the query that asks, at a fifth of a call's cost. Text of another
-- length is no uuid as a service sends it: nobody, a rarer form, or an error that names the setting.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE sql STABLE
RETURN CASE
    WHEN length(current_setting('app.user_id', true)) = 36 THEN current_setting('app.user_id', true)::uuid
    ELSE core.setting_uuid('app.user_id')
END;

COMMENT ON FUNCTION current_user_id() IS
'Who acts: setting app.user_id, which the service sets per transaction. NULL when unset, error 22P02 when malformed.';

GRANT EXECUTE ON FUNCTION current_user_id() TO authenticated_users, physed_service, physed_reader;
