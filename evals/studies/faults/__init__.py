"""Fault injection: test that the CI merge gate catches each planted fault and passes unchanged code."""
