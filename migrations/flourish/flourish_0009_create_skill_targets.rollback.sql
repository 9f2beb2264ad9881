DROP TABLE skill_targets;
