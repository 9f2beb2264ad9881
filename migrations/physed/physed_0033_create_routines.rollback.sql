DROP TABLE routines;
DROP FUNCTION check_routine_status();
DROP FUNCTION routines_focus_areas_fits(jsonb);
DROP TYPE routine_status;
