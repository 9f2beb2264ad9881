DROP TABLE routine_activities;
DROP FUNCTION check_routine_order();
DROP FUNCTION forget_steps();
DROP TYPE routine_activity_type;
