-- depends: physed_0003_count_versions
-- Why:  the document prints eleven JSON structures. A CHECK that only says "no" to a page of JSON
--       is no help: the error names the path, as in "rubric.criteria.technique.weight".
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION is_date(p_text text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT CASE
        WHEN p_text !~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$' THEN false
        ELSE right(p_text, 2)::integer <= extract(
            DAY FROM make_date(left(p_text, 4)::integer, substr(p_text, 6, 2)::integer, 1)
            + interval '1 month' - interval '1 day'
        )
    END
$$;

COMMENT ON FUNCTION is_date(text) IS
'True for an existing day written YYYY-MM-DD. A cast would raise, and depends on DateStyle.';

CREATE FUNCTION find_json_fault(p_value jsonb, p_shape jsonb, p_path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_type text := p_shape ->> 'type';
    v_text text := p_value #>> '{}';
    v_min numeric := (p_shape ->> 'min')::numeric;
    v_max numeric := (p_shape ->> 'max')::numeric;
    v_missing text;
    v_first text;
    v_then text;
BEGIN
    IF jsonb_typeof(p_value) <> replace(v_type, 'integer', 'number')
        OR v_type = 'integer' AND mod(v_text::numeric, 1) <> 0
    THEN
        RETURN format('%s must be of type %s, not %s', p_path, v_type, left(p_value::text, 40));
    ELSIF p_shape ? 'filled' AND p_value IN ('[]', '{}') THEN
        RETURN format('%s must not be empty', p_path);
    END IF;

    IF v_type IN ('number', 'integer') THEN
        IF v_text::numeric < v_min OR v_text::numeric > v_max THEN
            RETURN format('%s must be %s, not %s', p_path,
                concat_ws(' and ', 'at least ' || v_min, 'at most ' || v_max), v_text);
        END IF;

    ELSIF v_type = 'string' THEN
        IF v_text !~ coalesce(p_shape ->> 'pattern', '[^[:space:]]') THEN
            RETURN format(
                '%s must be %s, not "%s"', p_path, coalesce(p_shape ->> 'means', 'text'), v_text
            );
        ELSIF p_shape ->> 'means' = 'a day, YYYY-MM-DD' AND NOT is_date(v_text) THEN
            RETURN format('%s must be a day, YYYY-MM-DD, not "%s"', p_path, v_text);
        END IF;

    ELSIF v_type = 'array' THEN
        RETURN (
            SELECT f.fault
            FROM jsonb_array_elements(p_value) WITH ORDINALITY AS i (item, place)
            CROSS JOIN LATERAL find_json_fault(
                i.item, p_shape -> 'items', format('%s[%s]', p_path, i.place - 1)
            ) AS f (fault)
            WHERE p_shape ? 'items' AND f.fault IS NOT NULL
            LIMIT 1
        );

    ELSIF v_type = 'object' THEN
        SELECT r.name INTO v_missing
        FROM jsonb_array_elements_text(p_shape -> 'required') AS r (name)
        WHERE NOT p_value ? r.name
        LIMIT 1;
        IF v_missing IS NOT NULL THEN
            RETURN format('%s is missing', concat_ws('.', p_path, v_missing));
        END IF;

        v_first := p_value ->> (p_shape -> 'order' ->> 0);
        v_then := p_value ->> (p_shape -> 'order' ->> 1);
        IF v_then < v_first COLLATE "C" THEN
            RETURN format(
                '%s.%s must not lie before %s', p_path, p_shape -> 'order' ->> 1, v_first
            );
        END IF;

        RETURN (
            SELECT f.fault
            FROM jsonb_each(p_value) AS m (name, value)
            CROSS JOIN LATERAL (
                SELECT coalesce(p_shape -> 'properties' -> m.name, p_shape -> 'values') AS shape
            ) AS s
            CROSS JOIN LATERAL find_json_fault(
                m.value, s.shape, format('%s.%s', p_path, m.name)
            ) AS f (fault)
            WHERE s.shape IS NOT NULL AND f.fault IS NOT NULL
            LIMIT 1
        );
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION find_json_fault(jsonb, jsonb, text) IS
'What is wrong with the value, naming its path; NULL when it has the shape. A shape is an object: '
'type, and by type min, max | pattern, means | items, filled | required, properties, values, '
'order, filled. Keys it does not know pass.';

CREATE FUNCTION json_weights_fault(p_weights jsonb, p_path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    -- 0.33 three times is meant as a whole: a tolerance, as for the weights in columns.
    SELECT format('%s must sum to 1, not %s', p_path, s.total)
    FROM (
        SELECT sum(
            CASE
                WHEN jsonb_typeof(m.value) = 'number' THEN m.value
                ELSE m.value -> 'weight'
            END::numeric
        ) AS total
        FROM jsonb_each(p_weights) AS m
    ) AS s
    WHERE abs(s.total - 1) > 0.000001
$$;

COMMENT ON FUNCTION json_weights_fault(jsonb, text) IS
'The fault of an object whose values, or their key "weight", do not sum to 1 (tolerance 0.000001); '
'else NULL.';

CREATE FUNCTION refuse_json(p_fault text, p_table text, p_column text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_fault IS NOT NULL THEN
        RAISE EXCEPTION '%', p_fault
            USING ERRCODE = 'check_violation', TABLE = p_table, COLUMN = p_column,
            CONSTRAINT = format('%s_%s_shape_check', p_table, p_column),
            HINT = format(
                '\df+ %s_%s_fits shows the structure that is expected.', p_table, p_column
            );
    END IF;
    RETURN true;
END;
$$;

COMMENT ON FUNCTION refuse_json(text, text, text) IS
'Raises 23514 with the fault as message and <table>_<column>_shape_check as constraint; true when '
'there is no fault.';

GRANT EXECUTE ON FUNCTION is_date(text) TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION find_json_fault(jsonb, jsonb, text)
TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION json_weights_fault(jsonb, text) TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION refuse_json(text, text, text) TO authenticated_users, slate_services;
