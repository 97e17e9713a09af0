"""Faults planted on purpose: does the gate of a merge notice each, and is it silent when nothing was planted?"""
