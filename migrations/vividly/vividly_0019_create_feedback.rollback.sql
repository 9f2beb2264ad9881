DROP TABLE feedback;
DROP TYPE feedback_type;
