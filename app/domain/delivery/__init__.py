"""Delivery: which ad is shown, what was seen and clicked, and what a click costs.

What is made thousands of times a second is a dataclass with slots that is not frozen: frozen ones take five times as
long to make. Nobody changes it all the same.
"""
