-- Work for one processor that touches no table: how long it takes tells how fast the server is. Reads only.
SELECT sum(hashtextextended(g::text, 0)) FROM generate_series(1, 50000) AS g
