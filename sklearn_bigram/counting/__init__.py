"""Anything that holds names to a matrix of counts."""
