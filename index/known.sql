-- What is asked of every article at once, without its text: reading it from the table walks over each text. This came
-- after the first ledgers, so it runs at every opening.
CREATE INDEX IF NOT EXISTS article_known ON article (id, published, outlet, version, digest) WHERE current = 1;
