DROP TABLE skill_progressions;
DROP TYPE progression_level;
