"""Briefs: multi-document summarisation of a topic, with a timeline, speakers, differences and open questions."""
