-- What timing.py fills: tables narrow and wide, with values aside, keys of text, indexes of every method, triggers, cascades.
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TABLE parents (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE big (id integer PRIMARY KEY, parent_id integer, note text, code varchar(10), amount numeric(10, 4),
    at timestamptz, flag boolean);
CREATE INDEX big_parent_idx ON big (parent_id);
CREATE TABLE children (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id) ON DELETE CASCADE, note text);
CREATE INDEX children_parent_idx ON children (parent_id);
CREATE TABLE trail (said text);
CREATE TABLE watched (id integer PRIMARY KEY, note text, changed timestamptz);
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO trail VALUES (TG_OP); RETURN NULL; END; $$;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.changed := now(); RETURN NEW; END; $$;
CREATE TRIGGER watched_trail AFTER UPDATE OR DELETE ON watched FOR EACH ROW EXECUTE FUNCTION keep_trail();
CREATE TABLE stamped (id integer PRIMARY KEY, note text, changed timestamptz);
CREATE TRIGGER stamped_stamp BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TABLE events (id integer NOT NULL, day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE narrow (id integer NOT NULL, n integer);
CREATE TABLE wide (id bigint PRIMARY KEY, a1 text, a2 text, a3 text, a4 text, a5 text, a6 text, a7 text, a8 text, b1 bigint,
    b2 bigint, b3 bigint, b4 bigint, t1 timestamptz, t2 timestamptz, u1 uuid, u2 uuid);
CREATE TABLE docs (id integer PRIMARY KEY, title text, body text);
CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL, age integer, city text, n integer);
CREATE INDEX users_email_idx ON users (email);
CREATE INDEX users_age_idx ON users (age);
CREATE INDEX users_city_idx ON users (city);
CREATE TABLE orders (id integer PRIMARY KEY, user_id text, state text, total numeric(12, 2));
CREATE TABLE posts (id integer PRIMARY KEY, data jsonb, tags integer[], words tsvector, during tstzrange, spot point);
CREATE TABLE empty_children (id integer, parent_id integer REFERENCES parents (id));
INSERT INTO parents SELECT g, 'name ' || g FROM generate_series(1, %(rows)s / 10) AS g;
INSERT INTO big SELECT g, 1 + g %% (%(rows)s / 10), 'a note of some length ' || g, 'code', g %% 1000 + 0.25,
    timestamptz '2024-01-01' + g * interval '1 s', g %% 2 = 0 FROM generate_series(1, %(rows)s) AS g;
INSERT INTO children SELECT g, 1 + g %% (%(rows)s / 10), 'child' FROM generate_series(1, %(rows)s) AS g;
INSERT INTO watched SELECT g, 'note' FROM generate_series(1, %(rows)s / 2) AS g;
INSERT INTO stamped SELECT g, 'note' FROM generate_series(1, %(rows)s / 2) AS g;
INSERT INTO events SELECT g, '2030-01-01', 'event' FROM generate_series(1, %(rows)s) AS g;
INSERT INTO narrow SELECT g, g %% 7 FROM generate_series(1, %(rows)s) AS g;
INSERT INTO wide SELECT g, md5(g::text), md5((g + 1)::text), md5((g + 2)::text), md5((g + 3)::text), md5((g + 4)::text), 'x', 'y', 'z', g, g, g, g,
    now(), now(), gen_random_uuid(), gen_random_uuid() FROM generate_series(1, %(rows)s / 2) AS g;
INSERT INTO docs SELECT g, 'title ' || g, (SELECT string_agg(md5((g * 1000 + i)::text), '') FROM generate_series(1, 200) AS i)
    FROM generate_series(1, %(rows)s / 50) AS g;
INSERT INTO users SELECT md5(g::text), md5((g * 7)::text) || '@example.org', g %% 90, 'city ' || g %% 1000, g FROM generate_series(1, %(rows)s / 2) AS g;
INSERT INTO orders SELECT g, md5((1 + g %% (%(rows)s / 2))::text), (ARRAY['new', 'paid', 'sent'])[1 + g %% 3], g %% 1000 FROM generate_series(1, %(rows)s) AS g;
INSERT INTO posts SELECT g, jsonb_build_object('k', g, 'name', 'n' || g %% 100, 'list', jsonb_build_array(g %% 10, g %% 20)),
    ARRAY[g %% 100, g %% 1000, g %% 77], to_tsvector('english', 'the quick brown fox ' || g %% 1000 || ' jumps over lazy dogs ' || g),
    tstzrange(timestamptz '2024-01-01' + g * interval '1 h', timestamptz '2024-01-01' + (g + 1) * interval '1 h'), point(g %% 1000, g / 1000)
    FROM generate_series(1, %(rows)s / 4) AS g;
CREATE MATERIALIZED VIEW totals AS SELECT parent_id, count(*) AS n, max(note) AS last FROM big GROUP BY parent_id;
CREATE UNIQUE INDEX totals_idx ON totals (parent_id);
CREATE MATERIALIZED VIEW copies AS SELECT b.id, b.note, p.name FROM big AS b INNER JOIN parents AS p ON p.id = b.parent_id;
CREATE FUNCTION fill_big() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE big SET note = 'filled'; END; $$;
CREATE FUNCTION fill_sql() RETURNS void LANGUAGE sql AS 'UPDATE orders SET state = ''old''';
