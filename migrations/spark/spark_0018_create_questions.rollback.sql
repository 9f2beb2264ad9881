DROP TABLE questions;
DROP FUNCTION quiz_answer_key(uuid);
DROP FUNCTION quiz_questions(uuid);
DROP FUNCTION count_questions();
DROP TYPE question_type;
