-- Which receipts are of briefs: this runs at every opening, so that an older home folder gets the table too.
CREATE TABLE IF NOT EXISTS brief (
    number INTEGER PRIMARY KEY,    -- the order in which they were made: two may share a second
    receipt TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,           -- as it was typed
    folded TEXT NOT NULL,          -- as it is compared
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS brief_folded ON brief (folded, number);
