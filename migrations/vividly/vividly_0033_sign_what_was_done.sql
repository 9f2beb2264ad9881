-- depends: vividly_0032_purge_districts
-- Why:  who decided and who uploaded is asked after years: the database says it, from the session,
--       and nobody rewrites it. These run as the caller, since a person is refused where a service
--       is corrected.
-- Lock: brief on student_account_requests and bulk_upload_jobs (new triggers). Rollback loses:
--       nothing; the names stay.

CREATE FUNCTION sign_review() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status <> 'pending' THEN
        -- Decided: who did it stays, or becomes NULL with the account.
        IF NEW.reviewed_by IS NOT NULL THEN
            NEW.reviewed_by := OLD.reviewed_by;
        END IF;
    ELSIF NEW.status <> 'pending' AND current_user_id() IS NOT NULL AND (
        NEW.reviewed_by IS NULL OR NOT is_person(TG_RELID)
    ) THEN
        -- A person who names somebody else is refused by the policy.
        NEW.reviewed_by := current_user_id();
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION sign_review() IS
'BEFORE row trigger of student_account_requests: reviewed_by is the person of the session, where '
'one is set, and stays what it was once decided.';

CREATE TRIGGER account_requests_are_signed
BEFORE INSERT OR UPDATE ON student_account_requests
FOR EACH ROW EXECUTE FUNCTION sign_review();

CREATE FUNCTION sign_upload() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.uploaded_by := OLD.uploaded_by;
    ELSIF current_user_id() IS NOT NULL AND (
        NEW.uploaded_by IS NULL OR NOT is_person(TG_RELID)
    ) THEN
        -- A person who names somebody else is refused by the policy.
        NEW.uploaded_by := current_user_id();
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION sign_upload() IS
'BEFORE row trigger of bulk_upload_jobs: uploaded_by is the person of the session, where one is '
'set, and is kept.';

CREATE TRIGGER bulk_uploads_are_signed
BEFORE INSERT OR UPDATE OF uploaded_by ON bulk_upload_jobs
FOR EACH ROW EXECUTE FUNCTION sign_upload();
