-- Spark: lessons and a game around them, for schools whose pupils are offline half of the time.
--
--   schools ──< users ── profiles                      tenants, people, the game's state of each
--   classes ──< enrollments                            who is taught by whom
--   courses ──< lessons ──< quizzes ──< questions      translated in content_translations
--   student_progress, submissions (by year)            what students did, unique by *_keys
--   badges ──< earned_badges, achievements, leaderboards rewards
--   guilds ──< guild_memberships, guild_quests         groups of students
--   assignments ──< assignment_submissions             a teacher's homework
--   guardian_links, user_notifications, ai_interactions, learning_preferences
--   sync_logs ──< sync_conflicts, and their archives   what offline clients sent, what clashed
--   learning_analytics, class_analytics, class_performance_summary, audit_logs
--
-- Why:  people, the back end and the reports each reach this schema through a role of their own.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.

SELECT core.open_schema('people', 'service', 'reader');
