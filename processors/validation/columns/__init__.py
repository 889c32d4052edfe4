"""The columns a rule can use beside the fields of the claim: each computed once a batch, in words and code.

A rule sees every plain field of the claims.submitted contract under its own name, and these columns. Every
module defines those of one subject; `registry` lists them all. On the line level the line's own fields keep their
names; what comes from the claim is listed in `from_claim`.
"""
