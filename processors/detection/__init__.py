"""Live detection: small sequential tests, one for each stream of yes-or-no events, that find a change of behaviour.

`detect.step` takes the state of one payer, an event and the clock, and gives the new state and the alerts.
"""
