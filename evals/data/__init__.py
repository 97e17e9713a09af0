"""Evaluation data files: fixed case sets, accepted baselines, recordings and templates."""

from pathlib import Path

DATA = Path(__file__).parent
