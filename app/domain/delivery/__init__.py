"""Delivery: which ad is shown, what was seen and clicked, and what a click costs."""
