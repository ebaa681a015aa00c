"""Card numbers where none belong: found in what people write, and told from other long numbers (S67)."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
# Groups of digits with a space, a dash or the like between them, which stand by themselves
RUN = re.compile(r"(?<![^\W_])\d+(?:[ .\-\u2010-\u2015]{1,2}\d+)*(?![^\W_])")
GROUP = re.compile(r"\d+")
USUAL, LONGER, ANY = range(16, 17), range(16, 20), range(14, 20)
ISSUED = (
    ("4", "4", USUAL),  # Visa; the old numbers of 13 digits are issued no more, and look like articles and telephones
    ("4", "4", range(19, 20)),
    ("51", "55", USUAL),  # Mastercard
    ("2221", "2720", USUAL),
    ("34", "34", range(15, 16)),  # American Express
    ("37", "37", range(15, 16)),
    ("6011", "6011", LONGER),  # Discover
    ("644", "659", LONGER),
    ("300", "305", ANY),  # Diners Club
    ("3095", "3095", ANY),
    ("36", "36", ANY),
    ("38", "39", ANY),
    ("3528", "3589", LONGER),  # JCB
    ("62", "62", LONGER),  # UnionPay
    ("81", "81", LONGER),
)
"""The first and last beginning of the numbers of a network, and how many digits these have (ISO/IEC 7812)."""
LEAST_DIGITS, MOST_DIGITS = 14, 19
ENOUGH = re.compile(rf"(?:\D*+\d){{{LEAST_DIGITS}}}")  # most texts have not: they are told apart fast
MOST_NUMBERS = 5_000  # that are looked at in a text: nobody writes more, and looking takes time


def quotes_card_number(text: str) -> bool:
    """Whether a text has a number of a card: of a network that we take, as long as its numbers are, and fit by Luhn.

    One number in ten that begins and ends so is no card's; fields for other long numbers are not asked (`DIGITS`).
    """
    plain = unicodedata.normalize("NFKC", text)
    if not ENOUGH.match(plain):
        return False
    numbers = (number for run in RUN.finditer(UUID.sub("-", plain)) for number in _numbers(run[0]))
    return any(_is_issued(number) and fits_luhn(list(map(int, number))) for number in islice(numbers, MOST_NUMBERS))


def fits_luhn(digits: list[int]) -> bool:
    doubled = (sum(divmod(2 * each, 10)) for each in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _numbers(run: str) -> Iterator[str]:
    """The numbers that neighbouring groups make together."""
    begun: list[str] = []
    for group in GROUP.finditer(run):
        digits = f"{int(group[0]):0{len(group[0])}}" if len(group[0]) <= MOST_DIGITS else ""
        begun = [each + digits for each in (*begun, "") if digits and len(each) + len(digits) <= MOST_DIGITS]
        yield from (each for each in begun if len(each) >= LEAST_DIGITS)


def _is_issued(number: str) -> bool:
    return any(len(number) in lengths and first <= number[: len(first)] <= last for first, last, lengths in ISSUED)
