"""A talk so far: what was said in it, and what a follow-up question means by it."""
