-- Which receipts are of briefs.
CREATE TABLE IF NOT EXISTS brief (
    number INTEGER PRIMARY KEY,    -- the order in which they were made: two may share a second
    receipt TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,           -- as it was typed
    folded TEXT NOT NULL,          -- normalised for comparison
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS brief_folded ON brief (folded, number);
