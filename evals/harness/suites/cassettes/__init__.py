"""Cassettes: recorded model outputs, so that the rest of the pipeline is measured without a model."""
