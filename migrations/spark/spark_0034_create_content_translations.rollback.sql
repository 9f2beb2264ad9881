DROP TRIGGER badges_drop_translations ON badges;
DROP TRIGGER questions_drop_translations ON questions;
DROP TRIGGER lessons_drop_translations ON lessons;
DROP FUNCTION drop_translations();
DROP FUNCTION check_translated_content();
DROP TABLE content_translations;
