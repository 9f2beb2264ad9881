DROP TABLE skills;
DROP TABLE levels;
