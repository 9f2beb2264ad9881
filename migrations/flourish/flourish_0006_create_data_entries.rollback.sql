DROP TABLE data_entries;
