DROP TRIGGER badges_drop_translations ON badges;
DROP TRIGGER questions_drop_translations ON questions;
DROP TRIGGER lessons_drop_translations ON lessons;
DROP TABLE content_translations;
DROP FUNCTION drop_translations();
DROP FUNCTION check_translated_content();
