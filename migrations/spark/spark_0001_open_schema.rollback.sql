SELECT core.close_schema('authenticated_users', 'spark_service', 'spark_reader');
