DROP TRIGGER bulk_uploads_are_signed ON bulk_upload_jobs;
DROP FUNCTION sign_upload();
DROP TRIGGER account_requests_are_signed ON student_account_requests;
DROP FUNCTION sign_review();
