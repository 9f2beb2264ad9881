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

-- Every policy asks it, so the planner must be able to put its body in place of the call: SQL, no
-- SET, and names bound here and not by the caller's path. As a function call it was a third of a
-- short query's time.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

COMMENT ON FUNCTION current_user_id() IS
'users.id of the person this transaction acts for (SET LOCAL app.user_id); NULL when unset, error '
'22P02 when malformed. Reads only.';

GRANT EXECUTE ON FUNCTION current_user_id()
TO authenticated_users, slate_services, slate_readers, slate_auditors;
