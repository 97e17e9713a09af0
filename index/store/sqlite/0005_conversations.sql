-- Titles of conversations, and feedback.
CREATE TABLE IF NOT EXISTS talk (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL            -- given by the reader; without one the first question is shown
) STRICT;

CREATE TABLE IF NOT EXISTS feedback (
    receipt_id TEXT PRIMARY KEY,   -- of the answer; only the latest feedback is kept
    verdict TEXT NOT NULL,
    note TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;
