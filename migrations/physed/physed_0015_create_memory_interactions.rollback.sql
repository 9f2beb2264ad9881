DROP TABLE memory_interactions;
