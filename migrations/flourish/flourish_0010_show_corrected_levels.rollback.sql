DROP VIEW weekly_skill_levels;
DROP VIEW current_assessments;
