-- depends: core_0008_retire_partitions
-- Why:  who is purged is named in what others wrote too; that stays, without the name.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a product still uses the
--       function.

CREATE FUNCTION without_names(p_text text, p_names text[], p_instead text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
    SELECT regexp_replace(
        p_text,
        '(?<!\w)(?:' || string_agg(regexp_replace(n.name, '(\W)', '\\\1', 'g'), '|') || ')(?!\w)',
        p_instead, 'gi'
    )
    FROM unnest(p_names) AS n (name)
    WHERE n.name <> ''
$$;

COMMENT ON FUNCTION without_names(text, text[], text) IS
'The text with another word in place of each name, whole words in any case. Reads only.';
