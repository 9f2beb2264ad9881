DO $$
BEGIN
    IF to_regclass('study_materials_letters_idx') IS NOT NULL THEN
        DROP INDEX study_materials_letters_idx;
    END IF;
END;
$$;

-- The extension stays: it belongs to the database and others may use it.
DROP FUNCTION add_trigram_index();
