DROP TABLE interests;
DROP FUNCTION add_interest_category();
DROP TABLE interest_categories;
