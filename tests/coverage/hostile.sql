-- Functions of every form that counting could disturb. Each answers with what it saw of FOUND, ROW_COUNT, lines, errors.
CREATE SCHEMA "Weird ""Schema""";
CREATE TABLE t (id integer PRIMARY KEY, note text);
CREATE TABLE said (by text);

CREATE FUNCTION "Weird ""Schema"""."select %s {x}"(a integer) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    b text := $q$ THEN; $function$ END IF; $q$;
BEGIN
    IF a > 1 AND (CASE WHEN a = 2 THEN true ELSE false END) THEN RETURN 'two' || b; END IF; RETURN 'żółw';
END $f$;

CREATE FUNCTION seen() RETURNS text LANGUAGE plpgsql AS '
DECLARE n bigint; f boolean; c text;
BEGIN
    INSERT INTO t VALUES (1, ''it''''s''), (2, NULL), (3, NULL);
    GET DIAGNOSTICS n = ROW_COUNT;
    f := FOUND;
    UPDATE t SET note = ''x'' WHERE id = 99;
    f := f AND NOT FOUND;
    GET DIAGNOSTICS c = PG_CONTEXT;
    RETURN concat(n, f, c);
END';

CREATE FUNCTION rows_of(n integer) RETURNS TABLE (k integer, v text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    <<outer>>
    FOR i IN 1..n LOOP
        CONTINUE outer WHEN i = 2;
        k := i;
        v := CASE i WHEN 1 THEN 'one' ELSE 'many' END;
        RETURN NEXT;
        CASE i WHEN 1 THEN NULL; WHEN 3 THEN RETURN QUERY SELECT i, 'again'; ELSE EXIT outer; END CASE;
    END LOOP outer;
    RETURN QUERY EXECUTE 'SELECT 0, $1' USING 'end; of it';
END $$;

CREATE FUNCTION caught(d numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE state text; context text;
BEGIN
    BEGIN
        RETURN (1 / d)::text;
    EXCEPTION
        WHEN division_by_zero THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, context = PG_EXCEPTION_CONTEXT;
            RETURN state || context;
        WHEN others THEN RAISE;
    END;
END $$;

CREATE FUNCTION any_of(anyelement, VARIADIC rest anyarray) RETURNS anyelement LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF $1 IS NOT NULL THEN
    END IF;
    RETURN rest[1];
END $$;

CREATE PROCEDURE commits(INOUT n integer) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO said VALUES ('first');
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    INSERT INTO said VALUES (current_setting('transaction_isolation'));
    COMMIT;
    INSERT INTO said VALUES ('lost');
    ROLLBACK;
    n := n + 1;
END $$;

CREATE FUNCTION plain(a integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT a + 1';
CREATE FUNCTION standard(a integer) RETURNS integer LANGUAGE sql STABLE RETURN a * 2;
CREATE FUNCTION atomic(a integer) RETURNS integer LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO said VALUES ('atomic; ' || a);
    SELECT CASE WHEN a > 0 THEN count(*)::integer END FROM said;
END;
CREATE FUNCTION two() RETURNS bigint LANGUAGE sql AS $$
    -- first; of
    INSERT INTO said VALUES ('two');
    SELECT count(*) FROM said; /* behind */
$$;
CREATE FUNCTION of_table(low integer) RETURNS SETOF t LANGUAGE sql STABLE AS 'SELECT * FROM t WHERE id >= low ORDER BY id';
CREATE FUNCTION doubled(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
CREATE INDEX t_doubled_idx ON t (doubled(id));

CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO said VALUES (TG_NAME || TG_OP);
    RETURN NEW;
END $$;
CREATE TRIGGER "on ""insert"" it's" AFTER INSERT ON t FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION tell();
CREATE TRIGGER on_update AFTER UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER on_delete AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION tell();
