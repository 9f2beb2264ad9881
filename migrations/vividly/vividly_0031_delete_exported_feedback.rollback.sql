DROP FUNCTION delete_exported_feedback();
