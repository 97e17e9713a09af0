"""Scaling studies: equal API processes over PostgreSQL and Chroma, under load and under kills."""
