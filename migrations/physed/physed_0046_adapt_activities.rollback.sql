DROP TABLE activity_adaptations;
DROP TYPE adaptation_type;
