-- depends: spark_0055_refuse_infinite_days
-- Why:  who reads a column's name in a client sees its comment beside it: unit, range, what NULL
--       means. What is the same in several tables is said once, at the end.
-- Lock: SHARE UPDATE EXCLUSIVE on each table, briefly. Rollback loses: the comments.

COMMENT ON COLUMN achievements.icon_url IS 'Address of a picture; NULL for none.';
COMMENT ON COLUMN assignment_submissions.assignment_id IS 'The assignment that is handed in.';
COMMENT ON COLUMN assignment_submissions.file_urls IS
'Addresses of what was handed in; NULL for none.';
COMMENT ON COLUMN assignment_submissions.graded_at IS 'When it was graded; NULL until then.';
COMMENT ON COLUMN assignment_submissions.submitted_at IS
'When it was handed in; what lateness is judged by.';
COMMENT ON COLUMN assignments.late_submission_allowed IS
'Whether it may be handed in after due_date.';
COMMENT ON COLUMN assignments.submission_type IS 'What is handed in, such as FILE or TEXT.';
COMMENT ON COLUMN badges.category IS 'What it is earned for.';
COMMENT ON COLUMN badges.name IS 'As people see it, up to 100 characters; unique.';
COMMENT ON COLUMN badges.rarity IS 'How hard it is to earn, from COMMON to LEGENDARY.';
COMMENT ON COLUMN class_analytics.date IS 'Day in the school''s zone; one row each day and class.';
COMMENT ON COLUMN classes.name IS 'As people see it, such as 8A; up to 100 characters.';
COMMENT ON COLUMN classes.subject IS 'What is taught, up to 50 characters.';
COMMENT ON COLUMN classes.teacher_id IS
'A TEACHER or ADMIN of the school; NULL while nobody teaches it.';
COMMENT ON COLUMN content_translations.reviewed_at IS
'When somebody read the translation; NULL until then.';
COMMENT ON COLUMN content_translations.reviewed_by IS
'Who read it; set by the database. NULL until then.';
COMMENT ON COLUMN content_translations.translated_at IS 'When it was translated; now by default.';
COMMENT ON COLUMN courses.difficulty IS 'How hard it is, for its grade.';
COMMENT ON COLUMN courses.learning_objectives IS
'What students can do afterwards, a sentence each.';
COMMENT ON COLUMN courses.subject IS 'What is taught, up to 50 characters.';
COMMENT ON COLUMN earned_badges.earned_at IS 'When it was earned; now by default.';
COMMENT ON COLUMN guardian_links.guardian_id IS 'The GUARDIAN; the link goes with the account.';
COMMENT ON COLUMN guardian_links.requested_at IS 'When the link was asked for; now by default.';
COMMENT ON COLUMN guild_memberships.joined_at IS 'When the student joined; now by default.';
COMMENT ON COLUMN guild_quests.starts_at IS 'From when contributions count; now by default.';
COMMENT ON COLUMN guilds.is_active IS 'Whether it is shown in lists.';
COMMENT ON COLUMN guilds.name IS 'As people see it, up to 100 characters.';
COMMENT ON COLUMN leaderboards.timeframe IS
'DAILY, WEEKLY, MONTHLY or ALL_TIME, in the school''s zone.';
COMMENT ON COLUMN profiles.first_name IS 'Up to 100 characters.';
COMMENT ON COLUMN profiles.last_name IS 'Up to 100 characters.';
COMMENT ON COLUMN questions.tags IS 'Words to find it by; NULL for none.';
COMMENT ON COLUMN questions.text IS 'What is asked.';
COMMENT ON COLUMN questions.type IS 'How it is answered; MULTIPLE_CHOICE needs options.';
COMMENT ON COLUMN schools.address IS 'Street and house, in free text.';
COMMENT ON COLUMN schools.contact_phone IS 'Up to 20 characters, as it is dialled.';
COMMENT ON COLUMN schools.country IS 'In words, up to 100 characters.';
COMMENT ON COLUMN schools.district IS 'In words, up to 100 characters.';
COMMENT ON COLUMN schools.name IS 'As people see it, up to 200 characters.';
COMMENT ON COLUMN schools.state IS 'In words, up to 100 characters.';
COMMENT ON COLUMN subjects.name IS 'As courses and classes write it, up to 50 characters.';
COMMENT ON COLUMN submission_keys.attempt IS
'submissions.attempt: 1 and up, unique for a student and a quiz.';
COMMENT ON COLUMN translatable_types.content_type IS
'As content_translations name it, such as lesson.';
COMMENT ON COLUMN user_notifications.message IS 'What it says, in free text.';
COMMENT ON COLUMN user_notifications.priority IS 'How urgent it is; NORMAL by default.';
COMMENT ON COLUMN user_notifications.type IS 'What it is about; clients choose a picture by it.';

DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname, s.says
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        INNER JOIN (VALUES
        ('id', 'Key of the row, drawn at random unless given.'),
        ('created_at', 'When the row was written, by the clock of its transaction; UTC inside.'),
        ('updated_at', 'When the row last changed; kept by the database.'),
        ('student_id', 'The STUDENT that the row is about; it goes with the account.'),
        ('user_id', 'The account that the row belongs to; it goes with the account.'),
        ('class_id', 'The class that it belongs to.'),
        ('school_id', 'The school that it belongs to; NULL for none, where that is allowed.'),
        ('course_id', 'The course that it belongs to.'),
        ('lesson_id', 'The lesson that it belongs to.'),
        ('quiz_id', 'The quiz that it belongs to.'),
        ('guild_id', 'The guild that it belongs to.'),
        ('badge_id', 'The badge that was earned.'),
        ('sync_log_id', 'The upload that it came with.'),
        ('title', 'As people see it, up to 200 characters.'),
        ('description', 'For people, in free text.'),
        ('feedback', 'What the grader says of it, in free text.'),
        ('is_published', 'Whether students see it; false while it is a draft.'),
        ('resolved_at', 'When it was decided; NULL while it is open.'),
        ('processed_at', 'When the upload was done with; NULL while it is not.')
        ) AS s (attname, says) ON s.attname = a.attname
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND c.relname <> '_slate_ledger'  -- of the tool, not of the product
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IS NULL
        ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN %s.%I IS %L', v_column.relation, v_column.attname, v_column.says
        );
    END LOOP;
END;
$$;
