DROP TABLE users;
DROP FUNCTION deactivate_deleted_user();
