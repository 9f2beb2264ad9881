DROP VIEW my_materials;
DROP TABLE study_materials;
