DROP FUNCTION compress_archive(regclass);
