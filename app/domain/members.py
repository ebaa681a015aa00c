"""Enums whose members are looked up thousands of times a second."""

from enum import Enum


class Member(Enum):
    """Enum's own hash is written in Python, and takes as long as all the rest of a look-up in a dict."""

    __hash__ = object.__hash__
