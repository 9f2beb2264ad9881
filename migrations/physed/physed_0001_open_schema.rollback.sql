SELECT core.close_schema('authenticated_users', 'physed_service', 'physed_reader');
