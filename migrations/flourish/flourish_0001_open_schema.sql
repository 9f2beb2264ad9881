-- Flourish: what a student does and says becomes evidence of a skill, and a teacher has the last word.
--
--   teachers ──< students                    who teaches whom; up to 1,000 of each (T000-T999, S000-S999)
--   students ──< data_entries                transcripts, journals, notes: seven types of evidence
--   data_entries ──< assessments             what the AI read in one entry about one skill, and how sure it is
--   assessments ──o teacher_corrections      the teacher's verdict on it, at most one; feeds few-shot learning
--   students ──< skill_targets               skills a student works on; at most one open per skill
--   skills, levels                           open catalogue and fixed scale, for pickers and legends
--   current_assessments                      view: assessments with the teacher's word in place of the AI's
--   weekly_skill_levels                      view: its trend per student, skill and week
--
-- Why:  people, the back end and the reports each reach this schema through a role of their own.
-- Lock: none, only new objects. Rollback loses: the grants on the schema.

SELECT core.open_schema('authenticated_users', 'flourish_service', 'flourish_reader');
