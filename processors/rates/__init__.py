"""Historical rates of denials, underpayments, front-end rejections and answer times, as known at an instant.

`keeper.step` takes the state of one tenant and an event, and gives the rates that changed enough to be told.
"""
