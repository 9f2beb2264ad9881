DROP TABLE study_materials;
