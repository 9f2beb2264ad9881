DO $$
BEGIN
    RAISE EXCEPTION 'the fixture is thrown away with its database';
END;
$$;
