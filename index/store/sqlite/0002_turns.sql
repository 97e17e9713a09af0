-- Turns of conversations.
CREATE TABLE IF NOT EXISTS turn (
    number INTEGER PRIMARY KEY,    -- the order within the conversation: two turns may share a second
    conversation TEXT NOT NULL,
    question TEXT NOT NULL,        -- as it was typed
    asked TEXT NOT NULL,           -- as it was understood; the same when it stood by itself
    receipt TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS turn_conversation ON turn (conversation, number);
