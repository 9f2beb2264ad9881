DROP TRIGGER assessment_criteria_scale_holds_scores ON assessment_criteria;
DROP TABLE assessment_results;
DROP FUNCTION check_criterion_scale();
DROP FUNCTION check_assessment_result();
