"""Finding Pages by their brand: trigrams of folded words, which forgive case, accents and small mistakes (S44)."""

from app.domain.text import fold

MOST_QUERY = 100  # characters that are looked for
PARTS_OF_QUERY = (1, 2)
"""A Page is found where it has at least this share of the trigrams of what is looked for: `nor`, `nortpeak` ..."""
PARTS_OF_NAME = (3, 4)
"""... or where the search holds this share of the trigrams of the brand's name: `northpeak tents for two`."""
ALIKE = 1000
"""How far two names are from each other, at most: 0 is the same trigrams."""


def grams(text: str) -> frozenset[str]:
    """The trigrams of each word, which begins with two blanks and ends with one: its beginning weighs more."""
    words = fold(text).split()
    return frozenset(f"  {word} "[at : at + 3] for word in words for at in range(len(word) + 1))


def sought(query: str) -> frozenset[str]:
    """The trigrams of what somebody looks for."""
    return grams(query[:MOST_QUERY])
