"""The fixed sets, accepted baselines, recordings and templates of the evals, as files."""

from pathlib import Path

DATA = Path(__file__).parent
