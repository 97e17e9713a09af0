ALTER TABLE brief ADD COLUMN title text COLLATE "C"; -- NULL in older ledgers: the topic is shown
