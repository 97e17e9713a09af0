-- Jobs: work that goes on when its process ends. Whoever has the lease of a job runs it, until it lapses.
CREATE TABLE job (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they are taken
    id text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,      -- ingest or watch
    payload text COLLATE "C" NOT NULL,   -- of a watch, its folders; the articles of an ingest are in job_item
    state text COLLATE "C" NOT NULL,     -- queued, running, done, failed or cancelled
    holder text COLLATE "C",             -- the process that has or had the lease
    lease_until double precision,        -- seconds since 1970, by the clock of the database
    attempts integer NOT NULL,           -- how often it was taken since it last got further
    error text COLLATE "C",
    created_at text COLLATE "C" NOT NULL,
    finished_at text COLLATE "C"
);
CREATE INDEX job_unfinished ON job (number) WHERE state IN ('queued', 'running');
CREATE TABLE job_item (
    job text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    article text COLLATE "C",            -- JSON: Article; NULL as soon as there is an outcome
    outcome text COLLATE "C",            -- new, changed, unchanged or refused
    detail text COLLATE "C",             -- the article's id, or why it was refused
    PRIMARY KEY (job, number)
);
