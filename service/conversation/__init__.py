"""Conversations: stored turns, and conversational query rewriting by coreference and ellipsis resolution."""
