"""Python's collector of garbage, in a process that serves."""

import gc

EVERY = 20_000, 20, 20  # new objects; by Python's own 700, 10, 10 answers that are remembered are looked through always


def settle() -> None:
    """What is there by now stays, and is left alone: to look through it takes half a second each time."""
    gc.set_threshold(*EVERY)
    gc.collect()
    gc.freeze()
