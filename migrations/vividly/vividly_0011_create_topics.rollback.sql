DROP TABLE topics;
DROP TABLE topic_subjects;
