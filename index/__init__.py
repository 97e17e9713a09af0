"""Articles in, passages and evidence out."""
