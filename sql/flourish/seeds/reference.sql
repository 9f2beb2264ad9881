-- What every installation needs: the scale, and the one skill the document names (the
-- other 16 of its "17 skills" are the school's to say).

INSERT INTO levels (name, rank)
VALUES
('Emerging', 1),
('Developing', 2),
('Proficient', 3),
('Advanced', 4)
ON CONFLICT (name) DO NOTHING;

INSERT INTO skills (name, category)
VALUES ('Self-Awareness', 'SEL')
ON CONFLICT (name) DO NOTHING;
