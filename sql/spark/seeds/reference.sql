-- What every installation needs: the subjects to choose from and the badges with their criteria.
-- Safe to run again: what is there stays as it is, also after a school has changed a reward.

INSERT INTO subjects (name, sort_order) VALUES
('Mathematics', 10),
('Science', 20),
('English', 30),
('Hindi', 40),
('Social Studies', 50),
('Computer Science', 60)
ON CONFLICT (name) DO NOTHING;

INSERT INTO badges (
    id, name, description, category, rarity, criteria, xp_reward, crystal_reward, spark_reward
) VALUES
('80000000-0000-4000-8000-000000000001', 'First Steps', 'Complete your first lesson.', 'PROGRESS',
    'COMMON',
    '{"lessons_completed": 1}', 50, 5, 0),
('80000000-0000-4000-8000-000000000002', 'Bookworm', 'Complete ten lessons.', 'PROGRESS', 'RARE',
    '{"lessons_completed": 10}', 200, 20, 2),
('80000000-0000-4000-8000-000000000003', 'Lesson Legend', 'Complete a hundred lessons.', 'PROGRESS',
    'LEGENDARY',
    '{"lessons_completed": 100}', 2000, 200, 20),
('80000000-0000-4000-8000-000000000004', 'Quiz Whiz', 'Pass five quizzes.', 'MASTERY', 'COMMON',
    '{"quizzes_passed": 5}', 150, 10, 1),
('80000000-0000-4000-8000-000000000005', 'Perfectionist', 'Score 100 in a quiz.', 'MASTERY', 'RARE',
    '{"perfect_scores": 1}', 100, 15, 1),
('80000000-0000-4000-8000-000000000006', 'Warming Up', 'Learn three days in a row.', 'STREAK',
    'COMMON',
    '{"streak": 3}', 30, 3, 0),
('80000000-0000-4000-8000-000000000007', 'On Fire', 'Learn seven days in a row.', 'STREAK', 'RARE',
    '{"streak": 7}', 100, 10, 1),
('80000000-0000-4000-8000-000000000008', 'Unstoppable', 'Learn thirty days in a row.', 'STREAK',
    'EPIC',
    '{"streak": 30}', 500, 50, 5),
('80000000-0000-4000-8000-000000000009', 'Team Player', 'Join a guild.', 'SOCIAL', 'COMMON',
    '{"guilds_joined": 1}', 30, 3, 0),
('80000000-0000-4000-8000-00000000000a', 'Quest Hero', 'Complete a quest with your guild.',
    'SOCIAL', 'EPIC',
    '{"quests_completed": 1}', 250, 25, 3),
('80000000-0000-4000-8000-00000000000b', 'All-Rounder',
    'Reach level 5 with a streak or a perfect score.', 'MASTERY',
    'EPIC', '{"level": 5, "any": [{"streak": 7}, {"perfect_scores": 1}]}', 300, 30, 3),
('80000000-0000-4000-8000-00000000000c', 'Founder', 'Given by hand to the first schools.',
    'SPECIAL', 'LEGENDARY',
    '{}', 500, 50, 5)
ON CONFLICT DO NOTHING;
