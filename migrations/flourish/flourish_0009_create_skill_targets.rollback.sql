DROP TABLE skill_targets;
DROP FUNCTION complete_with_the_assignment();
