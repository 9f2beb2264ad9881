DROP TABLE routine_activities;
DROP FUNCTION check_routine_order();
DROP TYPE routine_activity_type;
