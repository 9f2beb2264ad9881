DROP TABLE content_chunks;
