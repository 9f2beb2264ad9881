"""What triggers cost a write: the costly one is named, a refusal is told, and nothing is left behind."""

import pytest

from slate_pg.bench import writes
from slate_pg.bench.writes import ALL, BULK, COMMITTED, SINGLY, Cost, time_writes

SHOP = """
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TABLE customers (id integer CONSTRAINT customers_pkey PRIMARY KEY);
CREATE TABLE orders (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT orders_pkey PRIMARY KEY,
    customer_id integer NOT NULL CONSTRAINT orders_customer_id_fkey REFERENCES customers (id),
    code text NOT NULL CONSTRAINT orders_code_key UNIQUE,
    pieces numeric(9, 2) NOT NULL,
    doubled numeric GENERATED ALWAYS AS (pieces * 2) STORED,
    tags text[],
    told_at timestamptz DEFAULT now()
);
CREATE TABLE lines (
    order_id integer CONSTRAINT lines_order_id_fkey REFERENCES orders (id) ON DELETE CASCADE
);
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM sha512(convert_to(repeat(''x'', 200000), ''UTF8'')); RETURN NEW; END';
CREATE TRIGGER a_quick BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION pass();
CREATE TRIGGER b_slow BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION slow();
INSERT INTO customers SELECT n FROM generate_series(1, 10) AS n;
INSERT INTO orders (customer_id, code, pieces, tags)
    SELECT 1 + n % 10, 'order ' || n, n, ARRAY['a', NULL, 'ü'] FROM generate_series(1, 300) AS n;
INSERT INTO lines SELECT n FROM generate_series(1, 300) AS n;
RESET search_path;
"""
PATH = "SET LOCAL search_path = shop, pg_temp;"


@pytest.fixture
def shop(db_committed):
    db_committed.execute(SHOP)
    return db_committed


def timed(database, **over):
    options = {"rows": 150, "singles": 30, "rounds": 3, "tables": 3, "commit": False, **over}
    return time_writes(database.connection, "shop", PATH, **options)


def of(costs, write):
    return {c.without: c for c in costs if c.write.startswith(write)}


def content(database):
    return database.rows("SELECT * FROM shop.orders ORDER BY id"), database.value("SELECT count(*) FROM shop.lines")


@pytest.mark.parametrize("write", ["UPDATE", BULK, SINGLY])
def test_the_costly_trigger_is_named_and_the_cheap_one_is_not(shop, write):
    costs = of(timed(shop), write)
    assert set(costs) == {"a_quick", "b_slow", "foreign keys", ALL}
    single = {name: cost.share for name, cost in costs.items() if name != ALL}
    assert max(single, key=single.get) == "b_slow"
    assert single["b_slow"] > 0.3
    assert costs[ALL].share > 0.3


def test_nothing_is_left_behind(shop):
    before = content(shop)
    timed(shop)
    assert content(shop) == before
    assert (
        shop.value("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass AND tgenabled <> 'O'") == 0
    )
    assert shop.value("SELECT to_regclass('pg_temp.slate_taken')") is None
    assert shop.value("SHOW search_path") != "shop, pg_temp"


def test_rows_with_a_commit_each_come_back_as_they_were(shop):
    before = content(shop)[0]
    costs = of(timed(shop, commit=True), COMMITTED)
    assert costs[ALL].rate < costs[ALL].rate_without
    assert content(shop)[0] == before
    assert shop.value("SELECT to_regclass('pg_temp.slate_taken')") is None
    assert shop.value("SHOW session_replication_role") == "origin"


def test_a_write_that_a_trigger_refuses_is_told_and_the_others_are_timed(shop):
    shop.execute("""
        CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = E'no more orders\nreally';
        END $$;
        CREATE TRIGGER c_refuse BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.refuse()
    """)
    before = content(shop)
    costs = timed(shop, commit=True)
    for write in (BULK, SINGLY, COMMITTED):
        assert [(c.rate, c.note) for c in of(costs, write).values()] == [(None, "42501: no more orders")]
    assert of(costs, "UPDATE")["b_slow"].share > 0.3
    assert content(shop) == before


CLAIMS = """
    CREATE TABLE shop.claims (id integer PRIMARY KEY);
    INSERT INTO shop.claims SELECT id FROM shop.orders;
    CREATE TABLE shop.counted (n integer NOT NULL CHECK (n >= 0));
    INSERT INTO shop.counted SELECT count(*) FROM shop.orders;
    CREATE TABLE shop.told (is_new boolean);
    CREATE FUNCTION shop.claim() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            DELETE FROM shop.claims WHERE id = OLD.id;
            UPDATE shop.counted SET n = n - 1;
            RETURN OLD;
        END IF;
        INSERT INTO shop.claims VALUES (NEW.id) ON CONFLICT DO NOTHING;
        INSERT INTO shop.told VALUES (FOUND);
        UPDATE shop.counted SET n = n + 1;
        RETURN NEW;
    END $$;
    CREATE TRIGGER claims BEFORE INSERT OR DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.claim()
"""


def test_a_row_put_back_is_new_to_its_triggers_as_it_is_in_an_application(shop):
    shop.execute(CLAIMS)
    measured = timed(shop, commit=True)
    for write in (BULK, SINGLY, COMMITTED):
        cost = of(measured, write)[ALL]
        assert cost.rate
        assert cost.note == ""
    assert shop.rows("SELECT DISTINCT is_new FROM shop.told") == [(True,)]


def test_what_no_trigger_counted_is_not_taken_off_by_one(shop):
    shop.execute(CLAIMS + "; UPDATE shop.counted SET n = 30")
    assert of(timed(shop, commit=True), COMMITTED)[ALL].rate
    assert shop.value("SELECT n FROM shop.counted") in (0, 30)


def test_rows_whose_deletion_is_refused_go_without_their_triggers_and_the_note_says_so(shop):
    shop.execute("""
        CREATE FUNCTION shop.keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'orders are kept';
        END $$;
        CREATE TRIGGER kept BEFORE DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.keep()
    """)
    measured = timed(shop, commit=True)
    for write in (BULK, SINGLY, COMMITTED):
        cost = of(measured, write)[ALL]
        assert cost.rate
        assert cost.note == "rows were deleted without their triggers"


def test_the_column_changed_has_no_unique_index_and_no_foreign_key(shop):
    (write,) = {c.write for c in timed(shop) if c.write.startswith("UPDATE")}
    assert write == "UPDATE pieces + 1"


def test_a_column_that_cannot_take_the_step_is_passed_over(shop):
    shop.execute("ALTER TABLE shop.orders ADD CONSTRAINT few CHECK (pieces <= 300)")
    (write,) = {c.write for c in timed(shop) if c.write.startswith("UPDATE")}
    assert write == "UPDATE told_at + interval '1 microsecond'"


def test_a_partitioned_table_is_written_through_the_parent(shop):
    shop.execute("""
        CREATE TABLE shop.events (id integer, at date NOT NULL, n integer NOT NULL, PRIMARY KEY (id, at))
            PARTITION BY RANGE (at);
        CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
        CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        CREATE TRIGGER slowly BEFORE INSERT OR UPDATE ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.slow();
        INSERT INTO shop.events SELECT n, date '2026-01-01' + n % 59, n FROM generate_series(1, 100) AS n
    """)
    costs = [c for c in timed(shop, rows=80) if c.table == "shop.events"]
    assert {c.without for c in costs} == {"slowly"}
    assert {c.write for c in costs} == {"UPDATE n + 1", BULK, SINGLY}
    assert all(c.share > 0.3 for c in costs)


def test_only_the_largest_tables_are_written(shop):
    shop.execute("""
        CREATE TABLE shop.little (id integer);
        CREATE TRIGGER t BEFORE INSERT ON shop.little FOR EACH ROW EXECUTE FUNCTION shop.pass()
    """)
    assert {c.table for c in timed(shop, tables=1, rounds=1)} == {"shop.orders"}


def test_a_row_has_a_cell_for_each_column():
    row = Cost("orders", BULK, 10_000, "b_slow", 2_000.0, 8_000.0).row
    assert row == ("orders", BULK, "10,000", "b_slow", "2,000", "8,000", "75%", "")
    assert len(row) == len(Cost("orders", BULK, 1, ALL, note="23505: taken").row) == len(writes.HEAD)
