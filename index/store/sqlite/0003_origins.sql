-- Syndication: near-duplicate clusters.
CREATE TABLE IF NOT EXISTS origin (
    article_id TEXT PRIMARY KEY,   -- a current article
    sketch BLOB NOT NULL,          -- minimum hashes of its shingles
    rank TEXT NOT NULL,            -- sorts by date of publication, then longest first; compared as text
    url TEXT,
    agency TEXT,                   -- credited by its own text
    credit TEXT,                   -- the words of that credit
    first TEXT NOT NULL,           -- earliest article of its near-duplicate cluster: itself, when it copies none
    wire TEXT,                     -- agency credited by any article of the cluster
    credited_by TEXT               -- the article with that credit
) STRICT;
CREATE INDEX IF NOT EXISTS origin_first ON origin (first);
CREATE INDEX IF NOT EXISTS origin_url ON origin (url);

CREATE TABLE IF NOT EXISTS copy (  -- pairs of near-duplicates, both ways round
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS copy_other ON copy (other);
