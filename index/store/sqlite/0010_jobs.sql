-- Jobs: work that goes on when its process ends. Whoever has the lease of a job runs it, until it lapses.
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY,    -- the order in which they are taken
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,            -- ingest or watch
    payload TEXT NOT NULL,         -- of a watch, its folders; the articles of an ingest are in job_item
    state TEXT NOT NULL,           -- queued, running, done, failed or cancelled
    holder TEXT,                   -- the process that has or had the lease
    lease_until REAL,              -- seconds since 1970, by the clock of the database
    attempts INTEGER NOT NULL,     -- how often it was taken since it last got further
    error TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS job_unfinished ON job (number) WHERE state IN ('queued', 'running');
CREATE TABLE IF NOT EXISTS job_item (
    job TEXT NOT NULL,
    number INTEGER NOT NULL,
    article TEXT,                  -- JSON: Article; NULL as soon as there is an outcome, so that no removed text stays
    outcome TEXT,                  -- new, changed, unchanged or refused
    detail TEXT,                   -- the article's id, or why it was refused
    PRIMARY KEY (job, number)
) STRICT;
