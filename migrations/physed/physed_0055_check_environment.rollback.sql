DROP TABLE environmental_checks;
