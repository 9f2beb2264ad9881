DROP POLICY reader_reads_all ON organizations;
DROP POLICY service_manages_all ON organizations;
DROP POLICY internal_staff_read_organizations ON organizations;
DROP POLICY administrators_read_own_organizations ON organizations;
DROP POLICY members_read_own_organization ON organizations;
DROP TABLE organizations;
DROP FUNCTION keep_two_levels();
DROP FUNCTION contract_end(jsonb);
DROP TYPE organization_type;
