DROP FUNCTION current_user_id();
SELECT core.close_schema(
    'authenticated_users', 'learning_service', 'learning_reader', 'learning_auditor'
);
