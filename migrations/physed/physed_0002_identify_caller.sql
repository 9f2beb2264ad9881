-- depends: physed_0001_open_schema
-- Why:  every policy asks who calls; the answer belongs in one place.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy uses the function.

-- SQL without a path of its own becomes part of the query that asks, at a fifth of a call's cost.
-- Text of another length is no uuid as a service sends it: nobody, a rarer form, or an error that
-- names the setting.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE sql STABLE
RETURN CASE
    WHEN length(current_setting('app.user_id', true)) = 36
        THEN current_setting('app.user_id', true)::uuid
    ELSE core.setting_uuid('app.user_id')
END;

COMMENT ON FUNCTION current_user_id() IS
'Who acts: setting app.user_id, which the service sets per transaction. NULL when unset, error '
'22P02 when malformed.';

GRANT EXECUTE ON FUNCTION current_user_id() TO authenticated_users, slate_services, slate_readers;
