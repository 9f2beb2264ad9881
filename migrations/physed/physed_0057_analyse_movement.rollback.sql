DROP TABLE movement_analysis;
DROP FUNCTION movement_analysis_analysis_data_fits(jsonb);
