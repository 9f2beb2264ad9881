-- The labels that the document names for columns without a closed list, and the defaults among
-- them.

INSERT INTO open_labels (table_name, column_name, label, meaning) VALUES
('study_materials', 'status', 'processing',
 'Being read and cut into chunks; the state of a new material.'),
('study_materials', 'status', 'ready', 'Chunks and assets can be studied.'),
('study_materials', 'status', 'failed', 'Could not be read.'),
('study_materials', 'difficulty_level', 'beginner', 'Needs no knowledge of the subject.'),
('study_materials', 'difficulty_level', 'intermediate', 'Needs the basics of the subject.'),
('study_materials', 'difficulty_level', 'advanced', 'Needs more than the basics.'),
('content_chunks', 'chunk_type', 'paragraph', 'One paragraph.'),
('content_chunks', 'chunk_type', 'section', 'A heading and what belongs to it.'),
('generated_assets', 'status', 'ready', 'Can be shown; the state of a new asset.'),
('generated_assets', 'status', 'retired', 'No longer shown.'),
('learning_sessions', 'status', 'active', 'Under way; the state of a new session.'),
('learning_sessions', 'status', 'completed', 'Ended by the learner.'),
('learning_sessions', 'status', 'abandoned', 'Ended by silence.'),
('user_feedback', 'status', 'active', 'Counts; the state of new feedback.'),
('user_feedback', 'status', 'resolved', 'A report that was dealt with.')
ON CONFLICT (table_name, column_name, label) DO NOTHING;
