-- Why:  who may enter, and who is asking. Everything below belongs to a user, the tenant of this
--       product.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.
--
-- users ─┬─ study_materials ─┬─ content_chunks ── generated_assets
--        │                   └─ generated_assets
--        ├─ learning_sessions (a user studies one material)
--        │     ├─ interactions      by month, 1 year, then …_archive    ids: interaction_keys
--        │     └─ progress_metrics  by month, 5 years, then …_archive   ids: progress_metric_keys
--        ├─ user_feedback (on an asset, or on one interaction)
--        └─ audit_logs              by month, 2 years, then …_archive   ids: audit_log_keys
-- progress_by_period, asset_quality materialized, for long-term analytics; people read my_… views
-- of them open_labels the known values of the columns that have no closed list

SELECT core.open_schema('people', 'service', 'reader', 'auditor');

CREATE FUNCTION claimed_user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

COMMENT ON FUNCTION claimed_user_id() IS
'What app.user_id says, whether that account is open or not: for the trail, which also names who '
'was turned away. NULL when unset, error 22P02 when malformed. Reads only.';

-- SECURITY DEFINER: the answer decides what the caller sees, so it cannot depend on that. PL/pgSQL
-- finds users at the first call; the table comes with the next file.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT u.id FROM users AS u
        WHERE u.id = claimed_user_id() AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION current_user_id() IS
'users.id of the person this transaction acts for (SET LOCAL app.user_id); NULL when unset, '
'unknown, inactive or deleted, and then no row is seen or written; error 22P02 when malformed. '
'Reads only.';

GRANT EXECUTE ON FUNCTION current_user_id()
TO authenticated_users, slate_services, slate_readers, slate_auditors;

-- Of the trail's actor, where the service writes an entry itself; and of my_account.
GRANT EXECUTE ON FUNCTION claimed_user_id() TO authenticated_users, slate_services;
