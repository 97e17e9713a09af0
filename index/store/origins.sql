-- Origins came after the first ledgers: this runs at every opening, so that an older home folder gets the tables too.
CREATE TABLE IF NOT EXISTS origin (
    article_id TEXT PRIMARY KEY,   -- a current article
    sketch BLOB NOT NULL,          -- minimum hashes of its shingles
    rank TEXT NOT NULL,            -- the earliest published comes first, then the longest: JSON, compared as text
    url TEXT,
    agency TEXT,                   -- which its own text credits
    credit TEXT,                   -- in these words
    first TEXT NOT NULL,           -- the earliest article with its words: itself, when it copies none
    wire TEXT,                     -- the agency that it or a copy of it credits
    credited_by TEXT               -- the article that names that agency
) STRICT;
CREATE INDEX IF NOT EXISTS origin_first ON origin (first);
CREATE INDEX IF NOT EXISTS origin_url ON origin (url);

CREATE TABLE IF NOT EXISTS copy (  -- both ways round
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS copy_other ON copy (other);
