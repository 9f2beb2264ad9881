DROP TABLE skill_assessments;
DROP TYPE assessment_status;
