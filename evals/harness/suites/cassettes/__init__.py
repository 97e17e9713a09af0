"""Cassettes: what the models did, recorded once, so that all else is measured without a model."""
