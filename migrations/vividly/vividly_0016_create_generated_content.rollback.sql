DROP TABLE generated_content;
DROP FUNCTION derive_cache_key();
DROP FUNCTION content_cache_key(text, text, text);
DROP TYPE content_type;
