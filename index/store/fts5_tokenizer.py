"""FTS5 tokenizer: the tokens of SQLite's full-text index, for both document stores, so that their scores are equal."""

import json
from collections.abc import Sequence
from threading import Lock

from index.normalisation import bigrams, normalise
from index.store.sqlite_ledger import connect

TOKENIZE = "tokenize = 'porter unicode61 remove_diacritics 2'"


class Fts5Tokenizer:
    """FTS5 tokenizer: an in-memory index whose texts are deleted as soon as their tokens are read; thread-safe."""

    def __init__(self, tokenize: str = TOKENIZE) -> None:
        """`tokenize` is the clause of the index whose tokens are wanted."""
        # A separate database, because the ledger's own connection may be in a transaction.
        self._db = connect(":memory:")
        self._db.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, content = '', {tokenize})")
        self._db.execute("CREATE VIRTUAL TABLE word_tokens USING fts5vocab(words, 'instance')")
        self._lock = Lock()

    def tokens(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the tokens of each text in order."""
        with self._lock:
            # A NUL would end the text for SQLite; FTS5 takes it for a blank.
            given = json.dumps([text.replace("\0", " ") for text in texts])
            self._db.execute("INSERT INTO words (rowid, word) SELECT key, value FROM json_each(?)", (given,))
            rows = self._db.execute("SELECT doc, term FROM word_tokens ORDER BY doc, offset").fetchall()
            self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
        found: list[list[str]] = [[] for _ in texts]
        for index, token in rows:
            found[index].append(token)
        return [tuple(each) for each in found]


def indexed(text: str) -> str:
    """Return the text as the full-text index tokenizes it: normalised, unspaced scripts as pairs of characters."""
    return bigrams(normalise(text).text)
