DROP FUNCTION activity_plans_progress_tracking_fits(jsonb);
DROP FUNCTION activity_plans_assessment_criteria_fits(jsonb);
DROP FUNCTION activity_plans_objectives_fits(jsonb);
