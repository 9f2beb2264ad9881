SELECT core.close_schema('authenticated_users', 'vividly_service', 'vividly_reader');
