"""The picture of a schema stays in its folder, whatever its objects are called."""

from __future__ import annotations

from slate_pg.checks.snapshot import split_dump

ENTRY = "--\n-- Name: {}; Type: {}; Schema: app; Owner: -\n--\n\n{}\n\n\n"


def test_no_objects_name_leads_out_of_the_snapshots_folder() -> None:
    for name in ("../../evil", "/etc/x", "a/../../b", "..", "a\\b", ".hidden"):
        dump = (
            ENTRY.format(name, "TABLE", f'CREATE TABLE app."{name}" (\n    id integer\n);')
            + ENTRY.format(f"{name}()", "FUNCTION", f'CREATE FUNCTION app."{name}"() RETURNS integer;')
            + ENTRY.format(f'TABLE "{name}"', "COMMENT", f"COMMENT ON TABLE app.\"{name}\" IS 'x';")
            + ENTRY.format(f"{name} up", "CONSTRAINT", f'ALTER TABLE ONLY app."{name}"\n    ADD PRIMARY KEY (id);')
        )
        files = list(split_dump(dump))
        assert files
        for file in files:
            folder, _, rest = file.partition("/")
            assert folder in ("tables", "functions")
            assert not rest.startswith(".")
            assert "/" not in rest
            assert "\\" not in rest
