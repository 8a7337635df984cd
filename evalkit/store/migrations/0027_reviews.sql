-- People review answers in projects: what they were asked, what they said, and why the sample was theirs.
ALTER TABLE reviews ADD COLUMN review_id VARCHAR;
ALTER TABLE reviews ADD COLUMN project_id VARCHAR;
ALTER TABLE reviews ADD COLUMN question_hash VARCHAR;
ALTER TABLE reviews ADD COLUMN kind VARCHAR;
ALTER TABLE reviews ADD COLUMN value DOUBLE;
ALTER TABLE reviews ADD COLUMN named_values JSON;
ALTER TABLE reviews ADD COLUMN opponent_evaluation_id VARCHAR;
ALTER TABLE reviews ADD COLUMN opponent_repeat INTEGER;
ALTER TABLE reviews ADD COLUMN shown_left VARCHAR;
ALTER TABLE reviews ADD COLUMN picked_for VARCHAR;
ALTER TABLE reviews ADD COLUMN inclusion_probability DOUBLE;
ALTER TABLE reviews ADD COLUMN seconds DOUBLE;
ALTER TABLE reviews ADD COLUMN is_undone BOOLEAN;
COMMENT ON COLUMN reviews.label IS 'The label: pass, fail, better, worse, tie, a number as text, or skip';
COMMENT ON COLUMN reviews.review_id IS 'Id that the browser gave it, unique among those of its reviewer; a review that is sent twice is stored once';
COMMENT ON COLUMN reviews.project_id IS 'The project that it was given in (review_projects.project_id); NULL if it was imported';
COMMENT ON COLUMN reviews.question_hash IS 'First 12 hex digits of the SHA-256 of kind, question, rubric, criteria and scale; reviews with the same hash answer the same question';
COMMENT ON COLUMN reviews.kind IS 'What was asked: pass_fail, rubric or pairwise';
COMMENT ON COLUMN reviews.value IS 'pass_fail: 1 pass, 0 fail; rubric: a number on its scale, or the mean of several criteria; pairwise: 1 this response is better, 0 its opponent, 0.5 a tie; NULL if it was skipped';
COMMENT ON COLUMN reviews.named_values IS 'For a rubric with several criteria, the number for each, as a JSON object; otherwise NULL';
COMMENT ON COLUMN reviews.opponent_evaluation_id IS 'Pairwise: the evaluation whose answer was the other side (evaluations.evaluation_id)';
COMMENT ON COLUMN reviews.opponent_repeat IS 'Pairwise: the repeat of the other side (responses.repeat)';
COMMENT ON COLUMN reviews.shown_left IS 'Pairwise: which side was shown on the left, response or opponent; the reviewer did not know which was which';
COMMENT ON COLUMN reviews.picked_for IS 'Why the sample was picked: unsure, disagree, flip, control, all or golden';
COMMENT ON COLUMN reviews.inclusion_probability IS 'Probability with which the sample was picked, in (0, 1]; estimates weight by its inverse';
COMMENT ON COLUMN reviews.seconds IS 'Seconds from showing the sample to giving the label, as the browser measures them; NULL where unknown';
COMMENT ON COLUMN reviews.is_undone IS 'Whether its reviewer took it back, or later said something else about the same answer; NULL for no';

CREATE TABLE review_projects (
    project_id VARCHAR, created_at TIMESTAMP, task VARCHAR, kind VARCHAR, question VARCHAR, question_hash VARCHAR,
    rubric VARCHAR, criteria JSON, scale_low INTEGER, scale_high INTEGER, evaluation_ids VARCHAR[],
    opponent_evaluation_ids VARCHAR[], control_share DOUBLE, seed VARCHAR, items JSON
);
COMMENT ON TABLE review_projects IS 'What people were asked to review';
COMMENT ON COLUMN review_projects.project_id IS 'Unique name; the same command on the same runs continues the same project';
COMMENT ON COLUMN review_projects.created_at IS 'When its samples were picked, UTC';
COMMENT ON COLUMN review_projects.task IS 'The task that was answered (evaluations.task)';
COMMENT ON COLUMN review_projects.kind IS 'What is asked: pass_fail, rubric or pairwise';
COMMENT ON COLUMN review_projects.question IS 'The question that reviewers read';
COMMENT ON COLUMN review_projects.question_hash IS 'As in reviews.question_hash';
COMMENT ON COLUMN review_projects.rubric IS 'What a label means, in Markdown, or NULL';
COMMENT ON COLUMN review_projects.criteria IS 'For a rubric with several criteria, what each means, as a JSON object; otherwise NULL';
COMMENT ON COLUMN review_projects.scale_low IS 'Lowest number of the scale; NULL without a scale';
COMMENT ON COLUMN review_projects.scale_high IS 'Highest number of the scale; NULL without a scale';
COMMENT ON COLUMN review_projects.evaluation_ids IS 'The evaluations whose answers are reviewed (evaluations.evaluation_id)';
COMMENT ON COLUMN review_projects.opponent_evaluation_ids IS 'Pairwise: the evaluations whose answers are the other sides, in the same order; otherwise empty';
COMMENT ON COLUMN review_projects.control_share IS 'Share of the samples that were picked at random';
COMMENT ON COLUMN review_projects.seed IS 'Seed from which picks, sides and assignments are drawn';
COMMENT ON COLUMN review_projects.items IS 'The answers to review, as a JSON list of objects {item_id, evaluation_id, sample_id, repeat, opponent_evaluation_id, opponent_repeat, picked_for, inclusion_probability}, in the order in which they are shown';
