"""Python's collector of garbage, in a process that serves."""

import gc

EVERY = 10_000, 1_000, 10  # new objects: some milliseconds each time; what is remembered for longer is hardly looked at


def settle() -> None:
    """What is there by now stays, and is left alone: to look through it takes half a second each time."""
    gc.set_threshold(*EVERY)
    gc.collect()
    gc.freeze()
