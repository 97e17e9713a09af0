"""Durability studies: crash safety, contention, fuzzing and ingest speed."""
