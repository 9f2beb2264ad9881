DROP TABLE subject_assistant;
