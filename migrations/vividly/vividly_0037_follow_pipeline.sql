-- depends: vividly_0036_set_retention
-- Why:  a pipeline that runs backwards repeats paid work. Which station may follow which is a
--       stated set, not the order of an enum, whose new labels stand where they were added.
-- Lock: brief on content_requests (new trigger). Rollback loses: moves that were added by hand.

CREATE TABLE request_status_moves (
    from_status request_status NOT NULL,
    to_status request_status NOT NULL,
    is_retry boolean NOT NULL DEFAULT false,

    CONSTRAINT request_status_moves_pkey PRIMARY KEY (from_status, to_status)
);

COMMENT ON TABLE request_status_moves IS
'Which station may follow which, a row each. A status added by ALTER TYPE is placed by its rows.';
COMMENT ON COLUMN request_status_moves.is_retry IS
'Only together with one more in retry_count.';

-- Forward to any station, since a cache or a fast path skips some, and to failed from anywhere;
-- back only where a question is answered, a cache hit is unclear, or the full video follows the
-- quick answer.
INSERT INTO request_status_moves (from_status, to_status, is_retry)
SELECT f.status AS from_status, t.status AS to_status, f.status = 'failed' AS is_retry
FROM unnest(enum_range(NULL::request_status)) WITH ORDINALITY AS f (status, place)
CROSS JOIN unnest(enum_range(NULL::request_status)) WITH ORDINALITY AS t (status, place)
WHERE f.place < t.place OR f.status = 'failed' AND t.status <> 'failed'
    OR (f.status, t.status) IN (
        ('needs_clarification', 'nlu_processing'), ('cache_check', 'needs_clarification'),
        ('fast_path_ready', 'generating_script'), ('fast_path_ready', 'generating_audio'),
        ('fast_path_ready', 'generating_video')
    );

SELECT core.grant_to_own('SELECT ON request_status_moves', 'people', 'service', 'reader');

CREATE FUNCTION follow_pipeline() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status <> OLD.status AND NOT EXISTS (
        SELECT 1
        FROM request_status_moves AS m
        WHERE m.from_status = OLD.status AND m.to_status = NEW.status
            AND (NEW.retry_count > OLD.retry_count OR NOT m.is_retry)
    ) THEN
        RAISE EXCEPTION 'request "%" is at % and cannot go to %',
            NEW.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'status',
            CONSTRAINT = 'content_requests_move_forward_check',
            HINT = 'A failed request starts anew when the same UPDATE adds 1 to retry_count.';
    END IF;
    IF NEW.status = 'completed' THEN
        NEW.completed_at := coalesce(NEW.completed_at, CURRENT_TIMESTAMP);
    ELSIF TG_OP = 'UPDATE' AND NEW.status <> OLD.status THEN
        NEW.completed_at := NULL;
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION follow_pipeline() IS
'BEFORE row trigger of content_requests: the status moves as request_status_moves says, from '
'failed only as a counted retry; completed_at is filled. A row may be inserted at any station.';

CREATE TRIGGER content_requests_follow_the_pipeline
BEFORE INSERT OR UPDATE OF status ON content_requests
FOR EACH ROW EXECUTE FUNCTION follow_pipeline();
