"""Commands that fit the few numbers the service carries; run by a developer, on public training questions only."""
