"""Judging: prepares the judge of claims that was chosen for a home folder, a cross-encoder or the model that writes."""
