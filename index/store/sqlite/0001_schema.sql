-- The ledger. Everything else (Chroma, caches) can be rebuilt from these tables.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE article (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    current INTEGER NOT NULL,      -- 1 for the version that is searched, 0 for those kept for old citations
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL,            -- JSON: [[start, end], ...]
    source TEXT NOT NULL,          -- JSON: Source
    published TEXT,                -- copied out of source for filters
    outlet TEXT,
    ingested_at TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE UNIQUE INDEX article_current ON article (id) WHERE current = 1;

CREATE TABLE chunk (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    sentences TEXT NOT NULL,       -- JSON: [[start, end], ...]
    vector BLOB NOT NULL,          -- half precision, unit length
    parts BLOB NOT NULL,           -- one such vector for each sentence, one after the other
    FOREIGN KEY (article_id, version) REFERENCES article (id, version)
) STRICT;
CREATE INDEX chunk_article ON chunk (article_id, version);

CREATE VIRTUAL TABLE chunk_words USING fts5 (heading, words, tokenize = 'porter unicode61 remove_diacritics 2');

-- Vectors of single words: a cache.
CREATE TABLE IF NOT EXISTS word (word TEXT PRIMARY KEY, vector BLOB NOT NULL) STRICT;

CREATE TABLE receipt (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
