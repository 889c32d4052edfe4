"""Correlation on Faust: facts from four topics, folded into accounts under one key, their meaning published."""
