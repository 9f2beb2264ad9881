-- depends: physed_0065_forget_people
-- Why:  unit, range and what NULL means, where a column's name does not say it all.
-- Lock: SHARE UPDATE EXCLUSIVE on each table, briefly. Rollback loses: the comments.

COMMENT ON COLUMN activities.activity_type IS 'What it is for; NULL when not sorted yet.';
COMMENT ON COLUMN activities.benefits IS 'What it trains, in free text.';
COMMENT ON COLUMN activities.difficulty IS 'How hard it is; NULL when not judged yet.';
COMMENT ON COLUMN activities.equipment_required IS 'How much equipment it needs; none by default.';
COMMENT ON COLUMN activities.instructions IS 'How to do it, in free text.';
COMMENT ON COLUMN activities.safety_guidelines IS 'What to mind, in free text.';
COMMENT ON COLUMN activities.variations IS 'Other ways to do it, in free text.';
COMMENT ON COLUMN activity_adaptations.adaptation_data IS
'How it is changed: JSON object or array; the document gives no structure.';
COMMENT ON COLUMN activity_adaptations.adaptation_type IS 'What is changed; NULL when not sorted.';
COMMENT ON COLUMN activity_adaptations.is_active IS 'Whether it is in use now; true by default.';
COMMENT ON COLUMN activity_adaptations.start_date IS 'First day; NULL for an open beginning.';
COMMENT ON COLUMN activity_categories.metadata IS
'Display, requirements and standards, as printed in the document.';
COMMENT ON COLUMN activity_categories.name IS '1 to 100 characters, unique over the whole tree.';
COMMENT ON COLUMN activity_category_associations.category_id IS
'The category that the activity is in.';
COMMENT ON COLUMN activity_plan_activities.plan_id IS 'The plan; the row goes with it.';
COMMENT ON COLUMN activity_plan_activities.status IS 'What became of it; scheduled at first.';
COMMENT ON COLUMN activity_plans.class_id IS
'The class it is made within; NULL for none, or after the class is gone.';
COMMENT ON COLUMN activity_plans.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN activity_plans.start_date IS 'First day; NULL for an open beginning.';
COMMENT ON COLUMN activity_plans.status IS 'draft at first; the document gives no order.';
COMMENT ON COLUMN activity_progressions.from_activity_id IS 'The easier activity.';
COMMENT ON COLUMN activity_progressions.progression_type IS
'What kind of step it is; the document gives no list.';
COMMENT ON COLUMN activity_progressions.requirements IS 'What must be reached first: JSON.';
COMMENT ON COLUMN activity_progressions.to_activity_id IS 'The activity that follows; another one.';
COMMENT ON COLUMN adaptation_activity_preferences.activity_type IS
'What type is judged; NULL for none in particular.';
COMMENT ON COLUMN adaptation_history.adaptation_id IS 'The adaptation; its history goes with it.';
COMMENT ON COLUMN adaptation_history.change_type IS 'What happened to it; set by the database.';
COMMENT ON COLUMN adaptation_history.new_data IS
'The adaptation as it became, without clocks and version.';
COMMENT ON COLUMN assessment_criteria.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN assessment_history.assessment_id IS 'The assessment; its history goes with it.';
COMMENT ON COLUMN assessment_history.change_type IS 'What happened to it; set by the database.';
COMMENT ON COLUMN assessment_history.new_state IS
'The assessment as it became, without clocks and version.';
COMMENT ON COLUMN assessment_results.assessment_id IS 'The assessment; its results go with it.';
COMMENT ON COLUMN assessment_results.criteria_id IS 'The criterion judged, once per assessment.';
COMMENT ON COLUMN assistant_capabilities.assistant_profile_id IS
'The assistant; its capabilities go with it.';
COMMENT ON COLUMN assistant_capabilities.is_enabled IS 'Whether it may be used; true by default.';
COMMENT ON COLUMN assistant_capabilities.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN assistant_profiles.is_active IS 'Whether it may be used; true by default.';
COMMENT ON COLUMN assistant_profiles.model_version IS
'Which model answers, as its maker writes it.';
COMMENT ON COLUMN assistant_profiles.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN audit_log.operation IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN class_report.average_effort IS '0 to 1, over students; NULL without any.';
COMMENT ON COLUMN class_report.average_overall_score IS
'0 to 100, over students; NULL without any.';
COMMENT ON COLUMN class_report.class_id IS 'The class.';
COMMENT ON COLUMN class_report.class_name IS 'classes.name.';
COMMENT ON COLUMN class_report.class_status IS 'classes.status.';
COMMENT ON COLUMN class_report.incidents IS 'Incidents of the students enrolled now.';
COMMENT ON COLUMN class_report.last_safety_check IS
'When a check of the class was last completed; NULL for never.';
COMMENT ON COLUMN class_report.places_free IS 'Places left, 0 to 50.';
COMMENT ON COLUMN class_report.routines_completed IS 'Routines of the class that are completed.';
COMMENT ON COLUMN class_report.routines_planned IS
'Routines of the class that are scheduled or under way.';
COMMENT ON COLUMN class_report.students_enrolled IS 'Students enrolled, 0 to 50.';
COMMENT ON COLUMN class_report.students_waitlisted IS 'Students who wait for a place.';
COMMENT ON COLUMN class_report.teacher_id IS 'classes.teacher_id.';
COMMENT ON COLUMN class_students.class_id IS 'The class; its enrolments go with it.';
COMMENT ON COLUMN class_students.status IS
'Only enrolled takes a place, only enrolled and waitlisted are seen by the teacher.';
COMMENT ON COLUMN classes.grade_level IS
'School year as the school writes it, such as 6; 1 to 20 characters.';
COMMENT ON COLUMN classes.start_date IS 'First day; NULL for an open beginning.';
COMMENT ON COLUMN classes.status IS 'planned, active, completed; one step at a time.';
COMMENT ON COLUMN environmental_checks.check_date IS 'The day, UTC by default.';
COMMENT ON COLUMN environmental_checks.environmental_metadata IS
'What else was found: JSON object.';
COMMENT ON COLUMN environmental_checks.equipment_condition IS 'State of the equipment: JSON.';
COMMENT ON COLUMN environmental_checks.surface_conditions IS 'State of floor or field: JSON.';
COMMENT ON COLUMN equipment_checks.last_maintenance IS 'The day; NULL for never.';
COMMENT ON COLUMN equipment_checks.maintenance_history IS
'What was done and when: JSON object or array.';
COMMENT ON COLUMN equipment_checks.replacement_date IS
'The day it must be replaced by; NULL for none set.';
COMMENT ON COLUMN exercises.difficulty IS 'How hard it is; NULL when not judged yet.';
COMMENT ON COLUMN exercises.instructions IS 'How to do it, in free text.';
COMMENT ON COLUMN exercises.name IS '1 to 100 characters; not blank.';
COMMENT ON COLUMN lessons.subject_category_id IS
'The subject; NULL for none, or after the subject is gone.';
COMMENT ON COLUMN lessons.title IS '1 to 255 characters; not blank.';
COMMENT ON COLUMN lessons.user_id IS 'The author; lessons go with the account.';
COMMENT ON COLUMN memory_interactions.context IS 'Where it happened: JSON object.';
COMMENT ON COLUMN memory_interactions.feedback IS 'What was said about the memory: JSON object.';
COMMENT ON COLUMN memory_interactions.memory_id IS 'The memory; its interactions go with it.';
