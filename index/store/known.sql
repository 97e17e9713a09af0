-- What is asked of every article or of many chunks at once, without their texts and vectors: reading it from the tables
-- means a page of the file for each. These came after the first ledgers, so this runs at every opening.
CREATE INDEX IF NOT EXISTS article_known ON article (id, published, outlet, version, digest) WHERE current = 1;
CREATE INDEX IF NOT EXISTS chunk_named ON chunk (number, id);
