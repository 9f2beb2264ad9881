SELECT core.close_schema('people', 'service', 'reader');
