"""Fault injection: does the gate of a merge notice each planted fault, and is it silent without one?"""
