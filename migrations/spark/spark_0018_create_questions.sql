-- depends: spark_0017_create_quizzes
-- Why:  a quiz whose answers can be read before it is taken is no quiz: people reach questions
--       through two functions only, one without answers for who may take the quiz, one with them
--       for staff.
-- Lock: none, only new objects. Rollback loses: every question.

CREATE TYPE question_type AS ENUM (
    'MULTIPLE_CHOICE', 'TRUE_FALSE', 'SHORT_ANSWER', 'ESSAY', 'FILL_BLANK', 'MATCHING', 'ORDERING'
);
COMMENT ON TYPE question_type IS 'How a question is asked and answered.';

CREATE TABLE questions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    text text NOT NULL,
    type question_type NOT NULL,
    options jsonb,
    correct_answer jsonb NOT NULL,
    explanation text,
    points integer NOT NULL DEFAULT 1,
    quiz_id uuid NOT NULL,
    order_index integer NOT NULL,
    difficulty smallint NOT NULL DEFAULT 1,
    tags text[],
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT questions_pkey PRIMARY KEY (id),
    -- Deferrable: two questions may change places in one statement.
    CONSTRAINT idx_questions_quiz UNIQUE (quiz_id, order_index) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT questions_quiz_id_fkey FOREIGN KEY (quiz_id)
        REFERENCES quizzes (id) ON DELETE CASCADE,
    CONSTRAINT questions_options_check CHECK (
        type <> 'MULTIPLE_CHOICE' OR coalesce(jsonb_typeof(options) = 'array', false)
    ),
    CONSTRAINT questions_correct_answer_check CHECK (jsonb_typeof(correct_answer) <> 'null'),
    CONSTRAINT questions_points_check CHECK (points BETWEEN 1 AND 10000),
    CONSTRAINT questions_difficulty_check CHECK (difficulty BETWEEN 1 AND 5)
);

COMMENT ON TABLE questions IS 'A question of a quiz, in order_index.';
COMMENT ON COLUMN questions.explanation IS 'Shown with the answer, to staff.';
COMMENT ON COLUMN questions.order_index IS 'Place in the quiz; unique within it.';
COMMENT ON COLUMN questions.options IS
'The choices of MULTIPLE_CHOICE: an array. Free form for other types.';
COMMENT ON COLUMN questions.correct_answer IS
'Whatever the type needs: "B", true, ["A", "C"]. Never shown to students.';
COMMENT ON COLUMN questions.points IS
'Worth, 1 to 10000; the sum over a quiz is submissions.max_score.';
COMMENT ON COLUMN questions.difficulty IS '1 easy to 5 hard.';

CREATE INDEX idx_questions_type ON questions (type);
CREATE INDEX idx_questions_difficulty ON questions (difficulty);

-- Definer: counts for whoever writes a question.
CREATE FUNCTION count_questions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- All, not only those that count: a snapshot that is too old fails with 40001.
        UPDATE quizzes SET question_count = 0;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE quizzes SET question_count = question_count - 1 WHERE id = OLD.quiz_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE quizzes SET question_count = question_count + 1 WHERE id = NEW.quiz_id;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_questions() IS
'AFTER row trigger, and AFTER TRUNCATE: keeps quizzes.question_count, also on moves.';

CREATE TRIGGER questions_are_counted
AFTER INSERT OR DELETE OR UPDATE OF quiz_id ON questions
FOR EACH ROW EXECUTE FUNCTION count_questions();
CREATE TRIGGER questions_are_not_counted
AFTER TRUNCATE ON questions
FOR EACH STATEMENT EXECUTE FUNCTION count_questions();

-- Definer: shows the columns that people have no grant for.
CREATE FUNCTION quiz_questions(p_quiz_id uuid)
RETURNS TABLE (
    id uuid, order_index integer, type question_type, text text, options jsonb, points integer,
    difficulty smallint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT q.id, q.order_index, q.type, q.text, q.options, q.points, q.difficulty
    FROM questions AS q
    INNER JOIN quizzes AS z ON z.id = q.quiz_id
    WHERE q.quiz_id = p_quiz_id
        AND ((z.is_published AND my_role() IS NOT NULL) OR my_role() = ANY ('{TEACHER,ADMIN}'))
    ORDER BY q.order_index;
END;
$$;

COMMENT ON FUNCTION quiz_questions(uuid) IS
'The questions of a published quiz without answers, for signed-in people; of any quiz for staff. '
'Reads only.';

-- Definer: shows the columns that people have no grant for.
CREATE FUNCTION quiz_answer_key(p_quiz_id uuid)
RETURNS TABLE (id uuid, order_index integer, correct_answer jsonb, explanation text, points integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT q.id, q.order_index, q.correct_answer, q.explanation, q.points
    FROM questions AS q
    WHERE q.quiz_id = p_quiz_id AND my_role() = ANY ('{TEACHER,ADMIN}')
    ORDER BY q.order_index;
END;
$$;

COMMENT ON FUNCTION quiz_answer_key(uuid) IS
'The answers of a quiz, for teachers and administrators only. Reads only.';

GRANT EXECUTE ON FUNCTION quiz_questions(uuid), quiz_answer_key(uuid) TO authenticated_users;

SELECT core.grant_to_own('SELECT, INSERT, UPDATE, DELETE ON questions', 'service');
SELECT core.grant_to_own(
    'SELECT (id, text, type, options, points, quiz_id, order_index, difficulty, tags, '
    'created_at) ON questions',
    'reader'
);
