DROP TABLE safety_incidents;
