DROP TABLE study_materials;
DROP FUNCTION my_material_ids();
