DROP TABLE activities;
DROP FUNCTION activities_activity_metadata_fits(jsonb);
DROP TYPE equipment_required;
DROP TYPE difficulty;
DROP TYPE activity_type;
