"""What becomes of a synthetic claim once it is sent: acknowledgements, decisions, payments, second attempts."""
