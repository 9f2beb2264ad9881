DROP TABLE subject_categories;
