-- depends: spark_0018_create_questions
-- Why:  where each student is in each lesson, divided by the year of last_accessed, the only date
--       that always has a value. A new year's first access moves the row to the new year's
--       partition.
-- Lock: none, only new objects. Rollback loses: all progress.

CREATE TYPE progress_status AS ENUM ('NOT_STARTED', 'IN_PROGRESS', 'COMPLETED', 'LOCKED');
COMMENT ON TYPE progress_status IS
'Where a student is in a lesson; LOCKED until something else is done.';

CREATE TABLE student_progress (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    status progress_status NOT NULL DEFAULT 'NOT_STARTED',
    progress numeric(5, 2) NOT NULL DEFAULT 0,
    time_spent integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    last_accessed timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    sync_version integer NOT NULL DEFAULT 1,
    device_id varchar(100),

    CONSTRAINT student_progress_pkey PRIMARY KEY (id, last_accessed),
    CONSTRAINT student_progress_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT student_progress_lesson_id_fkey FOREIGN KEY (lesson_id)
        REFERENCES lessons (id) ON DELETE CASCADE,
    CONSTRAINT student_progress_dates_are_finite_check CHECK (
        isfinite(last_accessed)
        AND isfinite(started_at)
        AND isfinite(completed_at)
    ),
    CONSTRAINT student_progress_progress_check CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT student_progress_time_spent_check CHECK (time_spent BETWEEN 0 AND 31536000),
    CONSTRAINT student_progress_attempts_check CHECK (attempts BETWEEN 0 AND 1000000),
    CONSTRAINT student_progress_sync_version_check CHECK (sync_version BETWEEN 1 AND 2000000000)
) PARTITION BY RANGE (last_accessed);

COMMENT ON TABLE student_progress IS
'A student''s progress in a lesson, one row for each pair (student_progress_keys sees to it). '
'Offline clients write with record_progress(). One partition a year; make more with the job '
'create_partitions_ahead.';
COMMENT ON COLUMN student_progress.status IS
'NOT_STARTED, IN_PROGRESS, COMPLETED, or LOCKED until something else is done.';
COMMENT ON COLUMN student_progress.progress IS 'Percent, 0 to 100.';
COMMENT ON COLUMN student_progress.time_spent IS
'Seconds, all attempts together: 0 to 31536000, a year.';
COMMENT ON COLUMN student_progress.attempts IS 'How often it was tried, 0 to 1000000.';
COMMENT ON COLUMN student_progress.last_accessed IS 'Partition key.';
COMMENT ON COLUMN student_progress.started_at IS
'Set when status first leaves NOT_STARTED, unless the writer does.';
COMMENT ON COLUMN student_progress.completed_at IS
'Set when status becomes COMPLETED, unless the writer does.';
COMMENT ON COLUMN student_progress.sync_version IS
'1 to 2,000,000,000, counted up by the database on every change; what clients compare.';
COMMENT ON COLUMN student_progress.device_id IS 'The device that wrote last.';

-- Serves the documented student_id and, with it, the one row of a lesson.
CREATE INDEX idx_student_progress_student ON student_progress (student_id, lesson_id);
CREATE INDEX idx_student_progress_lesson ON student_progress (lesson_id);
CREATE INDEX idx_student_progress_status ON student_progress (status);
CREATE INDEX idx_student_progress_completed
ON student_progress (completed_at)
WHERE completed_at IS NOT NULL;
CREATE INDEX idx_student_progress_active ON student_progress (student_id, last_accessed)
WHERE status IN ('IN_PROGRESS', 'NOT_STARTED');

CREATE FUNCTION stamp_progress() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.status IN ('IN_PROGRESS', 'COMPLETED') THEN
        NEW.started_at := coalesce(NEW.started_at, NEW.last_accessed);
    END IF;
    IF NEW.status = 'COMPLETED' THEN
        NEW.completed_at := coalesce(NEW.completed_at, NEW.last_accessed);
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'COMPLETED' THEN
        NEW.completed_at := NULL;
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION stamp_progress() IS
'BEFORE row trigger: started_at and completed_at follow status where not given; what is opened '
'again is no longer completed.';

CREATE TRIGGER student_progress_is_stamped
BEFORE INSERT OR UPDATE OF status ON student_progress
FOR EACH ROW WHEN (
    NEW.status <> 'NOT_STARTED' AND (NEW.started_at IS NULL OR NEW.completed_at IS NULL)
    OR NEW.status <> 'COMPLETED' AND NEW.completed_at IS NOT NULL
)
EXECUTE FUNCTION stamp_progress();

CREATE FUNCTION bump_sync_version() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.sync_version := OLD.sync_version + 1;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION bump_sync_version() IS
'BEFORE UPDATE row trigger: every change is a new version, whatever the writer gave.';

CREATE TRIGGER student_progress_bumps_version
BEFORE UPDATE ON student_progress
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION bump_sync_version();

ALTER TABLE student_progress ENABLE ROW LEVEL SECURITY;

CREATE POLICY student_progress_policy ON student_progress
FOR ALL TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

-- Says for SELECT what student_progress_policy says, under a name that is asked before teacher_….
CREATE POLICY they_read_own_progress ON student_progress
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

-- The documented name; the set is that of carers_… elsewhere: guardians and admins too.
CREATE POLICY teacher_progress_policy ON student_progress
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY service_manages_all ON student_progress
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON student_progress
FOR SELECT TO slate_readers
USING (true);

-- The policy is FOR ALL because offline clients write; no grant lets a student delete the record.
GRANT SELECT, INSERT, UPDATE ON student_progress TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON student_progress TO slate_services;
GRANT SELECT ON student_progress TO slate_readers;

-- 2024 to 2030 and DEFAULT; the leaves get row security of their own there.
DO $$
BEGIN
    PERFORM core.ensure_partitions('student_progress', 'year', 6, 0, '2024-07-01 00:00:00+00');
END;
$$;
