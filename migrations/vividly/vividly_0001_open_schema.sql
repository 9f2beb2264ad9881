-- Vividly: a student asks a question, a pipeline answers with a video in the student's own
-- interest.
--
--   organizations ──< users ──< classes ──< class_students   districts, schools, people, classes
--   topics, interests ──< generated_content                  what is taught, how, and the cache
--   student_interests                                        a student's ten favourites, in order
--   content_requests ──> generated_content                   a question on its way to a video
--   student_progress, feedback                               what a student did with the answer
--   student_account_requests, bulk_upload_jobs               how people get in
--   audit_logs (one partition a month)                       who looked at what; append-only
--   retention_exports                                        what left for the archive
--
-- Why:  people, the back end and the reports each reach this schema through a role of their own.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.

SELECT core.open_schema('people', 'service', 'reader');
