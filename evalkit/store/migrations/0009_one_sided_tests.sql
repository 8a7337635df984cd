-- A regression gate asks in one direction: its p-value is one-sided, and adjusted over the gates of its session.

COMMENT ON COLUMN verdicts.p_value IS 'p-value of the hypothesis that the candidate is no worse, one-sided and adjusted over the gates of the session (Holm); two-sided and not adjusted if comparison has no is_one_sided; NULL for absolute gates';
COMMENT ON COLUMN verdicts.comparison IS 'JSON object: difference, interval, p_two_sided, is_better, is_worse, wins, losses, ties and method; NULL for absolute gates';
