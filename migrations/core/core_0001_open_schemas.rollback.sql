SELECT close_schema('core_user');
DROP FUNCTION close_schema(name[]);
DROP FUNCTION open_schema(name[]);
