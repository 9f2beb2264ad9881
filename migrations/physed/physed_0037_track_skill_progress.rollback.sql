DROP TABLE skill_progress;
DROP FUNCTION skill_progress_progress_data_fits(jsonb);
DROP TYPE skill_level;
