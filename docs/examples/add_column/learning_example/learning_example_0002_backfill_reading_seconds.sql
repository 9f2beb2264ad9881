-- depends: learning_example_0001_add_reading_seconds
-- transactional: false
-- Why:  the old rows, a thousand at a time, each portion committed: no long transaction, no lock on more than a
--       portion, and after a kill `slate apply … --again ID` goes on where this one stopped, since it asks for what is
--       still NULL.
--       How far it is stands in pg_stat_activity.application_name while it runs. updated_at of the rows moves on.
-- Lock: rows of one portion at a time; brief on content_chunks at the end. Rollback loses: nothing.

CREATE OR REPLACE PROCEDURE backfill_reading_seconds(p_portion integer)
LANGUAGE plpgsql
AS $$
DECLARE
    v_ids uuid[];
    v_after uuid := '00000000-0000-0000-0000-000000000000';
    v_done bigint := 0;
    v_total bigint := (SELECT count(*) FROM learning.content_chunks WHERE reading_seconds IS NULL);
BEGIN
    LOOP
        -- Along the primary key, not "WHERE … IS NULL LIMIT": that would pass all finished rows each time.
        v_ids := ARRAY(
            SELECT c.id
            FROM learning.content_chunks AS c
            WHERE c.id > v_after AND c.reading_seconds IS NULL
            ORDER BY c.id
            LIMIT p_portion
            FOR UPDATE
        );
        EXIT WHEN v_ids = '{}';

        UPDATE learning.content_chunks AS c
        SET reading_seconds = greatest(1, coalesce(c.word_count, 200) * 60 / 200)
        WHERE c.id = ANY (v_ids);
        COMMIT;

        v_after := v_ids[cardinality(v_ids)];
        v_done := v_done + cardinality(v_ids);
        PERFORM set_config('application_name', format('reading_seconds: %s of %s', v_done, v_total), false);
        RAISE NOTICE 'reading_seconds: % of %', v_done, v_total;
    END LOOP;
END;
$$;

CALL backfill_reading_seconds(1000);

DROP PROCEDURE backfill_reading_seconds(integer);

-- From here on nobody writes a NULL; whether none is left is looked at in the next step.
ALTER TABLE learning.content_chunks ADD CONSTRAINT content_chunks_reading_seconds_present_check
CHECK (reading_seconds IS NOT NULL) NOT VALID;
