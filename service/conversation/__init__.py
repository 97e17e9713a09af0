"""Conversations: kept turns, and conversational query rewriting with coreference and ellipsis resolution."""
