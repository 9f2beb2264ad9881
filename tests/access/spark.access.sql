-- What became of the people of the demo: Kabir's account is closed, Diya moved to the other school, Ananya was dropped
-- from mathematics, Arjun's account is closed and with it nobody teaches science.
UPDATE users SET is_active = false WHERE username IN ('kabir.shaikh', 'arjun.rao');
UPDATE enrollments SET status = 'DROPPED'
WHERE student_id = '20000000-0000-4000-8000-000000000204' AND class_id = '30000000-0000-4000-8000-000000000001';
UPDATE enrollments SET status = 'DROPPED' WHERE student_id = '20000000-0000-4000-8000-000000000202';
DELETE FROM guild_memberships WHERE student_id = '20000000-0000-4000-8000-000000000202';
UPDATE users SET school_id = '10000000-0000-4000-8000-000000000002' WHERE username = 'diya.kulkarni';
