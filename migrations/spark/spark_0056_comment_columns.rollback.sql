DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IN (
                'Key of the row, drawn at random unless given.',
                'When the row was written, by the clock of its transaction; UTC inside.',
                'When the row last changed; kept by the database.',
                'The STUDENT that the row is about; it goes with the account.',
                'The account that the row belongs to; it goes with the account.',
                'The class that it belongs to.',
                'The school that it belongs to; NULL for none, where that is allowed.',
                'The course that it belongs to.',
                'The lesson that it belongs to.',
                'The quiz that it belongs to.',
                'The guild that it belongs to.',
                'The badge that was earned.',
                'The upload that it came with.',
                'As people see it, up to 200 characters.',
                'For people, in free text.',
                'What the grader says of it, in free text.',
                'Whether students see it; false while it is a draft.',
                'When it was decided; NULL while it is open.',
                'When the upload was done with; NULL while it is not.'
            )
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS NULL', v_column.relation, v_column.attname);
    END LOOP;
END;
$$;

COMMENT ON COLUMN user_notifications.type IS NULL;
COMMENT ON COLUMN user_notifications.priority IS NULL;
COMMENT ON COLUMN user_notifications.message IS NULL;
COMMENT ON COLUMN translatable_types.content_type IS NULL;
COMMENT ON COLUMN submission_keys.attempt IS NULL;
COMMENT ON COLUMN subjects.name IS NULL;
COMMENT ON COLUMN schools.state IS NULL;
COMMENT ON COLUMN schools.name IS NULL;
COMMENT ON COLUMN schools.district IS NULL;
COMMENT ON COLUMN schools.country IS NULL;
COMMENT ON COLUMN schools.contact_phone IS NULL;
COMMENT ON COLUMN schools.address IS NULL;
COMMENT ON COLUMN questions.type IS NULL;
COMMENT ON COLUMN questions.text IS NULL;
COMMENT ON COLUMN questions.tags IS NULL;
COMMENT ON COLUMN profiles.last_name IS NULL;
COMMENT ON COLUMN profiles.first_name IS NULL;
COMMENT ON COLUMN leaderboards.timeframe IS NULL;
COMMENT ON COLUMN guilds.name IS NULL;
COMMENT ON COLUMN guilds.is_active IS NULL;
COMMENT ON COLUMN guild_quests.starts_at IS NULL;
COMMENT ON COLUMN guild_memberships.joined_at IS NULL;
COMMENT ON COLUMN guardian_links.requested_at IS NULL;
COMMENT ON COLUMN guardian_links.guardian_id IS NULL;
COMMENT ON COLUMN earned_badges.earned_at IS NULL;
COMMENT ON COLUMN courses.subject IS NULL;
COMMENT ON COLUMN courses.learning_objectives IS NULL;
COMMENT ON COLUMN courses.difficulty IS NULL;
COMMENT ON COLUMN content_translations.translated_at IS NULL;
COMMENT ON COLUMN content_translations.reviewed_by IS NULL;
COMMENT ON COLUMN content_translations.reviewed_at IS NULL;
COMMENT ON COLUMN classes.teacher_id IS NULL;
COMMENT ON COLUMN classes.subject IS NULL;
COMMENT ON COLUMN classes.name IS NULL;
COMMENT ON COLUMN class_analytics.date IS NULL;
COMMENT ON COLUMN badges.rarity IS NULL;
COMMENT ON COLUMN badges.name IS NULL;
COMMENT ON COLUMN badges.category IS NULL;
COMMENT ON COLUMN assignments.submission_type IS NULL;
COMMENT ON COLUMN assignments.late_submission_allowed IS NULL;
COMMENT ON COLUMN assignment_submissions.submitted_at IS NULL;
COMMENT ON COLUMN assignment_submissions.graded_at IS NULL;
COMMENT ON COLUMN assignment_submissions.file_urls IS NULL;
COMMENT ON COLUMN assignment_submissions.assignment_id IS NULL;
COMMENT ON COLUMN achievements.icon_url IS NULL;
