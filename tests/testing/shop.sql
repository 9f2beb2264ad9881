-- The schema the tests of the testing vocabulary look at.
CREATE ROLE shop_clerk;
CREATE ROLE shop_boss LOGIN;
CREATE ROLE shop_staff;
GRANT shop_staff TO shop_clerk;
CREATE SCHEMA shop;
SET LOCAL search_path = shop, pg_temp;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE address AS (street text, town varchar(40));
CREATE DOMAIN sku AS varchar(12) NOT NULL CHECK (VALUE ~ '^[A-Z]');
CREATE SEQUENCE ticket_numbers;

CREATE TABLE orgs (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT orgs_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT orgs_name_key UNIQUE
);
COMMENT ON TABLE orgs IS 'Who buys.';

CREATE TABLE users (
    id bigint CONSTRAINT users_pkey PRIMARY KEY,
    org_id integer NOT NULL,
    email varchar(80) NOT NULL,
    nick text,
    mood mood NOT NULL DEFAULT 'ok',
    visits integer NOT NULL DEFAULT 0 CONSTRAINT users_visits_check CHECK (visits >= 0),
    made_at timestamptz NOT NULL DEFAULT now(),
    tags text[] NOT NULL DEFAULT '{}',
    price numeric(10, 2),
    shout text GENERATED ALWAYS AS (upper(nick)) STORED,
    CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE,
    CONSTRAINT users_email_key UNIQUE (org_id, email)
);
CREATE INDEX users_nick_idx ON users (lower(nick)) WHERE nick IS NOT NULL;
CREATE INDEX users_tags_idx ON users USING gin (tags);
CREATE INDEX users_made_idx ON users (made_at) INCLUDE (visits);
ALTER TABLE users CLUSTER ON users_pkey;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY clerks_read ON users FOR SELECT TO shop_clerk USING (visits > 0);
CREATE POLICY bosses_write ON users AS RESTRICTIVE FOR INSERT TO shop_boss, shop_clerk WITH CHECK (visits = 0);
GRANT SELECT, INSERT ON users TO shop_clerk;
GRANT UPDATE (nick) ON users TO shop_clerk;
GRANT USAGE ON SCHEMA shop TO shop_clerk;
GRANT USAGE ON SEQUENCE ticket_numbers TO shop_clerk;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN RETURN new; END; $$;
CREATE FUNCTION total(p_org integer) RETURNS bigint LANGUAGE sql STABLE STRICT SECURITY DEFINER
AS $$ SELECT count(*) FROM shop.users WHERE org_id = p_org $$;
CREATE FUNCTION total(p_org integer, p_since timestamptz) RETURNS SETOF bigint LANGUAGE sql
AS $$ SELECT count(*) FROM shop.users WHERE org_id = p_org AND made_at > p_since $$;
CREATE PROCEDURE tidy() LANGUAGE sql AS $$ SELECT 1 $$;
CREATE AGGREGATE longest(text) (SFUNC = textcat, STYPE = text);
CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();

CREATE VIEW happy AS SELECT id, email FROM users WHERE mood = 'happy';
CREATE MATERIALIZED VIEW counts AS SELECT org_id, count(*) AS users FROM users GROUP BY org_id;
CREATE RULE orgs_keep AS ON DELETE TO orgs DO INSTEAD NOTHING;

CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE papers (id integer);
CREATE TABLE letters () INHERITS (papers);

CREATE FUNCTION add_mood(mood, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE OPERATOR + (LEFTARG = mood, RIGHTARG = integer, FUNCTION = add_mood);
CREATE FUNCTION flip(mood) RETURNS mood LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR ~ (RIGHTARG = mood, FUNCTION = flip);
CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE OPERATOR CLASS shout_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
    OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
CREATE FOREIGN DATA WRAPPER shop_wrapper;
CREATE SERVER shop_server FOREIGN DATA WRAPPER shop_wrapper;
CREATE FOREIGN TABLE far (id integer) SERVER shop_server;
GRANT USAGE ON FOREIGN SERVER shop_server TO shop_clerk;
GRANT EXECUTE ON FUNCTION total(integer) TO shop_clerk;
ALTER VIEW happy OWNER TO shop_boss;
CREATE RULE papers_also AS ON INSERT TO papers DO ALSO NOTHING;
