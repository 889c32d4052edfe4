"""Learning: from a matrix with outcomes to a checked model bundle, whatever table the matrix was made of."""
