DROP TABLE activity_categories;
DROP FUNCTION activity_categories_metadata_fits(jsonb);
DROP FUNCTION refuse_cycle();
DROP FUNCTION lock_tree();
