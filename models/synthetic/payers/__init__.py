"""How synthetic payers behave once a claim is sent: contracts, reason codes, habits of answering and paying."""
