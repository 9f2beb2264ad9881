DROP TRIGGER skill_assessments_have_history ON skill_assessments;
DROP TRIGGER skill_assessments_added_have_history ON skill_assessments;
DROP TABLE assessment_history;
DROP FUNCTION record_new_assessments();
DROP FUNCTION record_assessment_change();
DROP TYPE assessment_change_type;
