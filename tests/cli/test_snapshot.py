"""slate snapshot: written, fresh, stale."""


def test_a_snapshot_is_written_then_fresh_then_stale_after_a_change(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    slate("snapshot")
    students = (copy / "sql/flourish/schema/tables/students.sql").read_text()
    for owned in ("CREATE TABLE", "CREATE POLICY", "PRIMARY KEY", "GRANT", "COMMENT ON TABLE"):
        assert owned in students
    assert slate("snapshot", "--check").out == "the snapshot is fresh\n"
    (copy / "migrations/flourish/flourish_9999_add_flag.sql").write_text("ALTER TABLE students ADD flag boolean;\n")
    (copy / "migrations/flourish/flourish_9999_add_flag.rollback.sql").write_text("ALTER TABLE students DROP flag;\n")
    stale = slate("snapshot", "--check")
    assert (stale.code, stale.out.strip().endswith("sql/flourish/schema/tables/students.sql")) == (3, True)
