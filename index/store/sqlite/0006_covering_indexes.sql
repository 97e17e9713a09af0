-- Covering indexes for queries over all articles or many chunks: reading those columns from the tables costs a page of
-- the file per row, because texts and vectors fill the pages.
CREATE INDEX IF NOT EXISTS article_known ON article (id, published, outlet, version, digest) WHERE current = 1;
CREATE INDEX IF NOT EXISTS chunk_named ON chunk (number, id);
