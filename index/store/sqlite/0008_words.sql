-- Vectors of single words: a cache. The first ledgers had none.
CREATE TABLE IF NOT EXISTS word (word TEXT PRIMARY KEY, vector BLOB NOT NULL) STRICT;
