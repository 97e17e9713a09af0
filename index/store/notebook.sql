-- What readers did with their talks and answers; these came after the first ledgers, so this runs at every opening.
CREATE TABLE IF NOT EXISTS talk (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL            -- given by the reader; a talk without one goes by its first question
) STRICT;

CREATE TABLE IF NOT EXISTS feedback (
    receipt_id TEXT PRIMARY KEY,   -- the answer it is about; the last word on it counts
    verdict TEXT NOT NULL,
    note TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT;
