"""The sets that are run: each reads its cases and says how they are run."""
