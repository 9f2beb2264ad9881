-- What production needs: the internal district for Vividly's own people, the tree of topics, the
-- interests.

INSERT INTO organizations (id, name, org_type, metadata)
VALUES
('org_vividly', 'Vividly Learning (internal)', 'district', '{"internal": true}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO topic_subjects (name)
VALUES
('physics'),
('mathematics'),
('chemistry'),
('biology')
ON CONFLICT (name) DO NOTHING;

INSERT INTO topics (
    id, parent_id, path, title, description, subject, grade_level_min, grade_level_max,
    display_order, metadata
)
VALUES
('topic_phys', NULL, 'physics', 'Physics', 'High School Physics', 'physics', 9, 12, 1, '{}'),
('topic_phys_mechanics', 'topic_phys', 'physics.mechanics', 'Mechanics', 'Classical mechanics',
 'physics', 9, 12, 1, '{}'),
('topic_phys_newton_laws', 'topic_phys_mechanics', 'physics.mechanics.newtons_laws',
 'Newton''s Laws', 'Three laws of motion', 'physics', 9, 10, 1, '{}'),
('topic_phys_newton_1', 'topic_phys_newton_laws', 'physics.mechanics.newtons_laws.first_law',
 'Newton''s First Law', 'Inertia: bodies keep their motion', 'physics', 9, 10, 1,
        '{"difficulty": "easy"}'),
('topic_phys_newton_2', 'topic_phys_newton_laws', 'physics.mechanics.newtons_laws.second_law',
 'Newton''s Second Law', 'Force is mass times acceleration', 'physics', 9, 10, 2,
        '{"difficulty": "medium"}'),
('topic_phys_newton_3', 'topic_phys_newton_laws', 'physics.mechanics.newtons_laws.third_law',
 'Newton''s Third Law', 'Action and reaction forces', 'physics', 9, 10, 3,
        '{"difficulty": "medium"}'),
('topic_phys_energy', 'topic_phys_mechanics', 'physics.mechanics.energy', 'Work and Energy',
 'Kinetic and potential energy, conservation', 'physics', 10, 12, 2, '{"difficulty": "medium"}'),
('topic_phys_waves', 'topic_phys', 'physics.waves', 'Waves and Sound',
 'Frequency, wavelength, interference', 'physics', 10, 12, 2, '{"difficulty": "medium"}'),
('topic_phys_electricity', 'topic_phys', 'physics.electricity', 'Electricity',
 'Charge, current, circuits', 'physics', 10, 12, 3, '{"difficulty": "hard"}'),
('topic_math', NULL, 'mathematics', 'Mathematics', 'High School Mathematics', 'mathematics', 9, 12,
 2, '{}'),
('topic_math_algebra', 'topic_math', 'mathematics.algebra', 'Algebra', 'Equations and functions',
 'mathematics', 9, 11, 1, '{}'),
('topic_math_quadratics', 'topic_math_algebra', 'mathematics.algebra.quadratics',
 'Quadratic Equations', 'Parabolas, roots, the formula', 'mathematics', 9, 11, 1,
        '{"difficulty": "medium"}'),
('topic_math_exponentials', 'topic_math_algebra', 'mathematics.algebra.exponentials',
 'Exponential Functions', 'Growth and decay', 'mathematics', 10, 12, 2,
        '{"difficulty": "hard"}'),
('topic_math_statistics', 'topic_math', 'mathematics.statistics', 'Statistics',
 'Mean, spread, chance', 'mathematics', 9, 12, 2, '{"difficulty": "easy"}'),
('topic_chem', NULL, 'chemistry', 'Chemistry', 'High School Chemistry', 'chemistry', 10, 12, 3,
 '{}'),
('topic_chem_bonding', 'topic_chem', 'chemistry.bonding', 'Chemical Bonding', NULL, 'chemistry', 10,
 12, 1, '{"difficulty": "medium"}'),
('topic_bio', NULL, 'biology', 'Biology', 'High School Biology', 'biology', 9, 12, 4, '{}'),
('topic_bio_cells', 'topic_bio', 'biology.cells', 'Cells', 'Structure and division of cells',
 'biology', 9, 10, 1, '{"difficulty": "easy"}')
ON CONFLICT (id) DO NOTHING;

INSERT INTO interest_categories (name)
VALUES
('sports'),
('arts'),
('technology')
ON CONFLICT (name) DO NOTHING;

INSERT INTO interests (id, name, description, category, display_order)
VALUES
('int_basketball', 'Basketball', 'Learn through basketball analogies', 'sports', 1),
('int_music_production', 'Music Production', 'Learn through music and audio', 'arts', 2),
('int_video_games', 'Video Games', 'Learn through gaming concepts', 'technology', 3),
('int_skateboarding', 'Skateboarding', 'Learn through ramps, grinds and falls', 'sports', 4),
('int_soccer', 'Soccer', 'Learn through passes, free kicks and tactics', 'sports', 5),
('int_film', 'Film Making', 'Learn through cameras, cuts and stories', 'arts', 6),
('int_dance', 'Dance', 'Learn through rhythm and movement', 'arts', 7),
('int_robotics', 'Robotics', 'Learn through motors, sensors and code', 'technology', 8)
ON CONFLICT (id) DO NOTHING;
