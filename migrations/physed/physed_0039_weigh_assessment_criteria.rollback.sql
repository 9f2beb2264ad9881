DROP TABLE assessment_criteria;
DROP FUNCTION check_criteria_weights();
DROP FUNCTION assessment_criteria_rubric_fits(jsonb);
