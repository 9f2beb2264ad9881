-- schedule: 0 4 * * *
-- why: feedback older than two years leaves once it is confirmed to have arrived
-- timeout: 30min
-- transaction: yes
-- retries: 2

SELECT export_id, rows_deleted FROM delete_exported_feedback();
