-- depends: vividly_0005_identify_staff
-- Why:  districts own schools, and nothing else nests: a school under a school would be nobody's to
--       see.
-- Lock: none, only new objects. Rollback loses: every organization.

CREATE TYPE organization_type AS ENUM ('district', 'school');

COMMENT ON TYPE organization_type IS
'Two levels: a district has no parent, a school has a district.';

CREATE FUNCTION contract_end(p_metadata jsonb) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_parts text[] := regexp_match(p_metadata ->> 'contract_end', '^(\d{4})-(\d{2})-(\d{2})$');
BEGIN
    RETURN make_date(v_parts[1]::integer, v_parts[2]::integer, v_parts[3]::integer);
EXCEPTION WHEN datetime_field_overflow THEN
    RETURN NULL;  -- a thirty-first of February
END;
$$;

COMMENT ON FUNCTION contract_end(jsonb) IS
'The last day of a district''s contract, from metadata.contract_end (''2026-06-30''); NULL when '
'absent or no date.';

GRANT EXECUTE ON FUNCTION contract_end(jsonb) TO slate_services, slate_readers;

CREATE TABLE organizations (
    id varchar(50) NOT NULL,
    name varchar(255) NOT NULL,
    org_type organization_type NOT NULL,
    parent_id varchar(50),
    address text,
    city varchar(100),
    state varchar(2),
    zip_code varchar(10),
    phone varchar(20),
    metadata jsonb NOT NULL DEFAULT '{}',
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    deleted_at timestamptz,
    district_id varchar(50) NOT NULL GENERATED ALWAYS AS (coalesce(parent_id, id)) STORED,

    CONSTRAINT organizations_pkey PRIMARY KEY (id),
    CONSTRAINT organizations_id_district_id_key UNIQUE (id, district_id),
    CONSTRAINT organizations_parent_id_fkey FOREIGN KEY (parent_id)
        REFERENCES organizations (id) ON DELETE RESTRICT,
    CONSTRAINT organizations_check CHECK (
        (org_type = 'district' AND parent_id IS NULL)
        OR (org_type = 'school' AND parent_id IS NOT NULL)
    ),
    CONSTRAINT organizations_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT organizations_contract_end_check CHECK (
        NOT metadata ? 'contract_end' OR contract_end(metadata) IS NOT NULL
    ),
    CONSTRAINT organizations_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at) AND isfinite(deleted_at)
    )
);

COMMENT ON TABLE organizations IS 'Districts and their schools.';
COMMENT ON COLUMN organizations.id IS 'A speaking key such as org_mnps or school_hillsboro_hs.';
COMMENT ON COLUMN organizations.parent_id IS 'The district of a school; NULL for a district.';
COMMENT ON COLUMN organizations.state IS 'Two letters, as the post writes it: TN.';
COMMENT ON COLUMN organizations.metadata IS
'Free. Of a district, contract_end (''2026-06-30'') is read: 30 days later its people are '
'deleted.';
COMMENT ON COLUMN organizations.deleted_at IS 'Soft delete: people no longer see the row.';
COMMENT ON COLUMN organizations.district_id IS
'The district this is or belongs to; users refer to it.';

-- Without "deleted_at IS NULL", so that the foreign key uses it too: a second index would be this
-- one again.
CREATE INDEX idx_organizations_parent ON organizations (parent_id);
CREATE INDEX idx_organizations_type ON organizations (org_type) WHERE deleted_at IS NULL;

CREATE TRIGGER update_organizations_updated_at
BEFORE UPDATE ON organizations
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- SECURITY DEFINER: the parent must be found whoever writes.
CREATE FUNCTION keep_two_levels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.org_type <> OLD.org_type THEN
        RAISE EXCEPTION 'organization "%" is a % and stays one', NEW.id, OLD.org_type
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'org_type',
            CONSTRAINT = 'organizations_type_is_final_check',
            HINT = 'Create a new organization and move the people.';
    END IF;
    IF EXISTS (
        SELECT 1 FROM organizations AS o WHERE o.id = NEW.parent_id AND o.org_type <> 'district'
    ) THEN
        RAISE EXCEPTION 'school "%" cannot hang under "%", which is not a district',
            NEW.id, NEW.parent_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'parent_id',
            CONSTRAINT = 'organizations_parent_is_district_check',
            HINT = 'Give the id of the district as parent_id.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION keep_two_levels() IS
'AFTER row trigger of organizations: the parent is a district, and the type never changes.';

-- AFTER, so that parent and child may come in one statement in any order. No lock: a type is final
-- and the foreign key holds the parent.
CREATE TRIGGER organizations_hang_under_districts
AFTER INSERT OR UPDATE OF parent_id, org_type ON organizations
FOR EACH ROW EXECUTE FUNCTION keep_two_levels();

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;

CREATE POLICY members_read_own_organization ON organizations
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_own_org_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY administrators_read_own_organizations ON organizations
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_org_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY internal_staff_read_organizations ON organizations
FOR SELECT TO authenticated_users
USING (id >= (SELECT staff_from()) AND id <= (SELECT staff_to()));

CREATE POLICY service_manages_all ON organizations
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON organizations
FOR SELECT TO slate_readers
USING (true);

-- Not metadata: the contract is no business of a student.
GRANT SELECT (
    id, name, org_type, parent_id, address, city, state, zip_code, phone, is_active, created_at,
    updated_at, deleted_at, district_id
) ON organizations TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON organizations TO slate_services;
GRANT SELECT ON organizations TO slate_readers;
