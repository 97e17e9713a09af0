"""Comparison of citation methods: other RAG projects' and ours, on the same collection, model and questions.

Reimplemented from their documentation with its default settings; each method's docstring says what was simplified.
"""
