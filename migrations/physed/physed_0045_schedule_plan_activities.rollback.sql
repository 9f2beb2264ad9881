DROP TRIGGER activity_plans_hold_their_activities ON activity_plans;
DROP TABLE activity_plan_activities;
DROP FUNCTION check_plan_dates();
DROP FUNCTION check_plan_activity_date();
DROP FUNCTION take_student_of_plan();
DROP TYPE plan_activity_status;
