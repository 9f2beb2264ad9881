SELECT core.close_schema('authenticated_users', 'flourish_service', 'flourish_reader');
