"""Brief evaluation: cases, scorers and suite of generated topic briefs."""
