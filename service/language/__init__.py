"""English text analysis: tokens, parsing, numbers, dates, names, pronouns, semantic roles and reported speech."""
