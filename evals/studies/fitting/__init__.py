"""Fitting of the few numbers that the service carries, on public training questions only: `footnote study fit`."""
