-- Flourish: what a student does and says becomes evidence of a skill; a teacher has the last word.
--
--   teachers ──< students               who teaches whom; at most a thousand of each
--   students ──< data_entries           transcripts, journals, notes: seven types of evidence
--   data_entries ──< assessments        what the AI read in one entry about one skill
--   assessments ──o teacher_corrections the teacher's verdict, at most one; examples for the AI
--   students ──< skill_targets          skills a student works on; at most one open per skill
--   skills, levels                      open catalogue and fixed scale, for pickers and legends
--   current_assessments                 view: assessments with the teacher's word where given
--   weekly_skill_levels                 view: their trend per student, skill and week
--
-- Why:  people, the back end and the reports each reach this schema through a role of their own.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.

SELECT core.open_schema('people', 'service', 'reader');
