-- Titles of briefs.
ALTER TABLE brief ADD COLUMN title TEXT;   -- NULL in older ledgers: the topic is shown
