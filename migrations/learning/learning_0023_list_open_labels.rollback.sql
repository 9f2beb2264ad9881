DROP TABLE open_labels;
