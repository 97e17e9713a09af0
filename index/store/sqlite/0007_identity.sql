-- Identity and the reader's own facts.
CREATE TABLE IF NOT EXISTS location (      -- where each article was read from; an edited file is found again by it
    location TEXT NOT NULL,
    article_id TEXT NOT NULL,
    PRIMARY KEY (location, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS location_article ON location (article_id);
CREATE INDEX IF NOT EXISTS article_digest ON article (digest) WHERE current = 1;

CREATE TABLE IF NOT EXISTS correction (    -- what the reader corrected, kept apart from what the article states
    article_id TEXT NOT NULL,
    field TEXT NOT NULL,                   -- title, outlet, author or published
    value TEXT,                            -- NULL: the reader says that it is not known
    created_at TEXT NOT NULL,
    PRIMARY KEY (article_id, field)
) STRICT, WITHOUT ROWID;
