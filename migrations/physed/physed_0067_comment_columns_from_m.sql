-- depends: physed_0066_comment_columns_to_m
-- Why:  unit, range and what NULL means, where a column's name does not say it all.
-- Lock: SHARE UPDATE EXCLUSIVE on each table, briefly. Rollback loses: the comments.

COMMENT ON COLUMN movement_analysis.recommendations IS 'What to train, in free text.';
COMMENT ON COLUMN movement_analysis.repetitions IS 'How often the movement was done; 0 or more.';
COMMENT ON COLUMN movement_pattern_types.name IS
'The key that patterns refer to, 1 to 50 characters.';
COMMENT ON COLUMN movement_patterns.movement_analysis_id IS
'The analysis; its patterns go with it.';
COMMENT ON COLUMN movement_patterns.pattern_type IS 'A row of movement_pattern_types.';
COMMENT ON COLUMN performance_metrics.metric_data IS
'Details of the measurement: JSON object or array.';
COMMENT ON COLUMN performance_metrics.performance_id IS
'The routine performance; its metrics go with it.';
COMMENT ON COLUMN retention_settings.table_name IS 'The table; a fixed list.';
COMMENT ON COLUMN risk_assessments.assessment_date IS 'The day, UTC by default.';
COMMENT ON COLUMN risk_assessments.assessor_id IS 'Who assessed; NULL after the account is gone.';
COMMENT ON COLUMN risk_assessments.mitigation_measures IS 'What makes it safer, in free text.';
COMMENT ON COLUMN risk_assessments.risk_factors IS 'What may go wrong: JSON.';
COMMENT ON COLUMN routine_activities.activity_type IS
'Which part of the routine it is; main by default.';
COMMENT ON COLUMN routine_activities.exercise_id IS
'The exercise of this step; NULL where the step is an activity.';
COMMENT ON COLUMN routine_activities.routine_id IS 'The routine; its steps go with it.';
COMMENT ON COLUMN routine_performance.is_completed IS
'Whether the student finished; false by default.';
COMMENT ON COLUMN routine_performance.routine_id IS
'The routine; outlives its class where somebody performed it.';
COMMENT ON COLUMN routines.class_id IS
'The class; NULL for a template, or after the class is gone.';
COMMENT ON COLUMN routines.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN routines.status IS
'draft, scheduled, in_progress, then completed or cancelled; one step at a time.';
COMMENT ON COLUMN safety_checks.check_type IS 'What is checked; the document gives no list.';
COMMENT ON COLUMN safety_checks.follow_up_date IS 'The day to look again; NULL for none set.';
COMMENT ON COLUMN safety_checks.location IS 'The place, 1 to 100 characters.';
COMMENT ON COLUMN safety_incidents.action_taken IS 'What was done, in free text; required.';
COMMENT ON COLUMN safety_incidents.description IS 'What happened, in free text; required.';
COMMENT ON COLUMN safety_incidents.incident_metadata IS 'What else is known: JSON object.';
COMMENT ON COLUMN skill_assessments.assessment_date IS 'The day, UTC by default.';
COMMENT ON COLUMN skill_assessments.status IS 'pending at first; the document gives no order.';
COMMENT ON COLUMN skill_progress.goals IS 'What to reach: JSON object or array.';
COMMENT ON COLUMN skill_progress.skill_level IS
'How well the student does it now; NULL when not judged yet.';
COMMENT ON COLUMN skill_progressions.current_level IS
'The level reached; NULL when not judged yet.';
COMMENT ON COLUMN status_changes.new_status IS 'The status that began then.';
COMMENT ON COLUMN status_changes.table_name IS 'Whose row it is.';
COMMENT ON COLUMN status_changes.user_id IS
'Who did it, set by the database; NULL for the service and after the account is gone.';
COMMENT ON COLUMN student_activity_performances.performance_date IS
'The day, UTC by default; once per student and activity.';
COMMENT ON COLUMN student_report.active_adaptations IS 'Adaptations in use.';
COMMENT ON COLUMN student_report.active_plans IS 'Plans with status active.';
COMMENT ON COLUMN student_report.activities_performed IS 'Rows of student_activity_performances.';
COMMENT ON COLUMN student_report.assessments_completed IS 'Assessments completed or archived.';
COMMENT ON COLUMN student_report.average_accuracy IS
'0 to 1, over routine performances; NULL without any.';
COMMENT ON COLUMN student_report.average_effort IS
'0 to 1, over routine performances; NULL without any.';
COMMENT ON COLUMN student_report.average_overall_score IS
'0 to 100, over completed assessments; NULL without any.';
COMMENT ON COLUMN student_report.average_score IS
'0 to 1, over activity performances; NULL without any.';
COMMENT ON COLUMN student_report.classes_enrolled IS 'Classes the student is enrolled in.';
COMMENT ON COLUMN student_report.incidents IS 'Incidents of the student, archived months excepted.';
COMMENT ON COLUMN student_report.routines_completed IS 'Routine performances that were finished.';
COMMENT ON COLUMN students.fitness_level IS 'How fit; NULL when not judged yet.';
COMMENT ON COLUMN students.gender IS 'As told by the student or guardian; NULL when not told.';
COMMENT ON COLUMN subject_assistant.subject_category_id IS
'The subject that the assistant answers for.';
COMMENT ON COLUMN subject_categories.name IS '1 to 100 characters, unique.';
COMMENT ON COLUMN teacher_scopes.class_ids IS 'Classes that are not completed; NULL in a mark.';
COMMENT ON COLUMN teacher_scopes.enrolled_student_ids IS
'Students enrolled in these classes; NULL in a mark.';
COMMENT ON COLUMN teacher_scopes.student_ids IS
'Students enrolled in these classes or waiting; NULL in a mark.';
COMMENT ON COLUMN teacher_scopes.teacher_id IS 'The account; its lists go with it.';
COMMENT ON COLUMN user_memories.category IS 'What it is about; the document gives no list.';
COMMENT ON COLUMN user_memories.content IS 'What is remembered, in free text.';
COMMENT ON COLUMN user_memories.context IS 'Where it was learnt: JSON object.';
COMMENT ON COLUMN user_preferences.theme IS 'How the application looks; system by default.';
COMMENT ON COLUMN users.department IS 'Where in the school the person works.';
COMMENT ON COLUMN users.email IS
'Unique, stored in lower case; seen by its owner and the service alone.';
COMMENT ON COLUMN users.first_name IS '1 to 100 characters.';
COMMENT ON COLUMN users.is_active IS 'Without it the account is nobody: current_user_id() is NULL.';
COMMENT ON COLUMN users.last_login IS 'Written by the service; NULL for never.';
COMMENT ON COLUMN users.last_name IS '1 to 100 characters.';
COMMENT ON COLUMN users.school IS 'Free text; no rule hangs on it.';
