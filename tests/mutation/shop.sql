-- One of everything that has mutants, under names and with texts that hold what a careless reader trips over.
CREATE ROLE "mutant %s people";
CREATE ROLE mutant_other;
CREATE SCHEMA "odd %s ""shop""";
SET LOCAL search_path = "odd %s ""shop""";
GRANT USAGE ON SCHEMA "odd %s ""shop""" TO "mutant %s people", mutant_other;

CREATE TYPE state AS ENUM ('open', 'it''s done');
CREATE DOMAIN stars AS integer DEFAULT 1 NOT NULL CONSTRAINT stars_range CHECK (VALUE >= 1 AND VALUE <= 5);

CREATE TABLE "It's 100%" (
    id integer CONSTRAINT "its_pkey" PRIMARY KEY,
    "na""me %d" text NOT NULL CONSTRAINT "na""me key" UNIQUE,
    owner text NOT NULL DEFAULT current_user,
    price integer DEFAULT 7,
    live boolean DEFAULT true,
    code text,
    CONSTRAINT "a < b AND c" CHECK (price > 0 AND price <= 100 AND code <> 'x < y AND z OR ''%s'''),
    CONSTRAINT "one of" CHECK (code IN ('aa', 'bb', 'cc', 'dd'))
);
COMMENT ON CONSTRAINT "a < b AND c" ON "It's 100%" IS 'It''s 100 % \ kept';

CREATE TABLE children (
    id integer PRIMARY KEY,
    parent integer CONSTRAINT children_parent REFERENCES "It's 100%" ON DELETE CASCADE,
    state state NOT NULL DEFAULT 'open',
    stars stars,
    seen integer NOT NULL DEFAULT 0,
    touched integer NOT NULL DEFAULT 0
);
CREATE INDEX children_parent_idx ON children (parent);
CREATE UNIQUE INDEX children_open_idx ON children (seen) WHERE state = 'open';
COMMENT ON INDEX children_open_idx IS 'kept';

CREATE FUNCTION count_touch() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $function$
DECLARE
    -- BEGIN is no beginning here, nor is < a comparison
    v_note text := 'BEGIN AND < é';
BEGIN
    NEW.touched := OLD.touched + CASE WHEN NEW.seen > OLD.seen AND v_note <> '' THEN 1 ELSE 0 END;
    RETURN NEW;
END
$function$;
CREATE TRIGGER "touch ""it""" BEFORE UPDATE OF seen, parent ON children
    FOR EACH ROW WHEN (NEW.seen < 50) EXECUTE FUNCTION count_touch();

CREATE FUNCTION is_mine(who text) RETURNS boolean LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path FROM CURRENT AS $$ SELECT who = current_setting('mutant.me', true) /* AND 'x' < 'y' */ $$;
REVOKE EXECUTE ON FUNCTION is_mine(text), count_touch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_mine(text) TO "mutant %s people";

ALTER TABLE "It's 100%" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "mine AND open" ON "It's 100%" TO "mutant %s people"
    USING (is_mine(owner) AND live) WITH CHECK (is_mine(owner) AND price < 50);
CREATE POLICY "public's" ON "It's 100%" FOR SELECT TO "mutant %s people" USING (code = 'cc' OR code = 'bb');
GRANT SELECT, INSERT ON "It's 100%" TO "mutant %s people";
GRANT UPDATE (price) ON "It's 100%" TO "mutant %s people";
GRANT SELECT ON "It's 100%" TO mutant_other;
GRANT SELECT ON children TO "mutant %s people";

CREATE VIEW cheap WITH (security_invoker = true) AS
    SELECT id, "na""me %d" FROM "It's 100%" WHERE price < 10 AND code <> ' WHERE OR ';
GRANT SELECT ON cheap TO "mutant %s people";
CREATE VIEW dear AS SELECT id FROM "It's 100%" WHERE price >= 10;

CREATE TABLE days (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE days_2025_01 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE days_rest PARTITION OF days DEFAULT;
ALTER TABLE days ENABLE ROW LEVEL SECURITY;
ALTER TABLE days_2025_01 ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON days_2025_01 TO mutant_other;

SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO "It's 100%" VALUES (1, 'one', 'ann', 5, true, 'aa'), (2, 'two', 'bob', 20, true, 'aa'),
    (3, 'three', 'bob', 10, true, 'cc'), (4, 'four', 'ann', 5, false, 'aa');
INSERT INTO children (id, parent, seen, stars) VALUES (1, 1, 1, 3), (2, 2, 2, 3);
INSERT INTO days VALUES ('2025-01-15', 'in');
