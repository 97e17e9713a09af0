"""Case drafting: questions as people ask them, from the parsed sentences of a reader's own articles."""
