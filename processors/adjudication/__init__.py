"""What a remittance says about a claim: denied or paid and why, expected against allowed, takebacks, posting.

Pure functions over one remits.received event and the priced lines of its claim. `adjudicate` is the whole.
"""
