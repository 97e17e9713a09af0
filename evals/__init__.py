"""Evaluation of Footnote: cases go in, a report with metrics comes out."""
