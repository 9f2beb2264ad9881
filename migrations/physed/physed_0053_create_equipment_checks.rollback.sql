DROP TABLE equipment_checks;
