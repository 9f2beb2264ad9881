-- depends: physed_0001_open_schema
-- Why:  a service says for whom it acts; what it says is read in one place.
-- Lock: none, only new objects. Rollback loses: nothing; fails while current_user_id() asks it.

-- SQL without a path of its own becomes part of the query that asks, at a fifth of a call's cost.
-- Text of another length is no uuid as a service sends it: nobody, a rarer form, or an error that
-- names the setting.
CREATE FUNCTION claimed_user_id() RETURNS uuid
LANGUAGE sql STABLE
RETURN CASE
    WHEN length(current_setting('app.user_id', true)) = 36
        THEN current_setting('app.user_id', true)::uuid
    ELSE core.setting_uuid('app.user_id')
END;

COMMENT ON FUNCTION claimed_user_id() IS
'Setting app.user_id, which the service sets per transaction: a claim, which current_user_id() '
'checks. NULL when unset, error 22P02 when malformed.';

GRANT EXECUTE ON FUNCTION claimed_user_id() TO authenticated_users;
