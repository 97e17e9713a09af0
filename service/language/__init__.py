"""English: tokens, parsing, numbers, dates, names, pronouns, semantic roles and reported speech."""
