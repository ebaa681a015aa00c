"""What a simulation came to, in words and bars for a terminal."""

from collections.abc import Iterator, Sequence

from app.domain.money import MICROS
from app.resolvers.delivery.simulating import Tally
from app.resolvers.delivery.summary import Line, Summary

EIGHTHS = " ▏▎▍▌▋▊▉█"
STEPS = "▁▂▃▄▅▆▇█"
WIDTH = 40
HEADINGS = ("Campaign", "Status", "Budget", "Spent", "Impr.", "Clicks", "CTR %", "CPC", "DPV")


def bar(value: int, greatest: int, width: int = WIDTH) -> str:
    """A bar as long as the value's part of the greatest, to an eighth of a character."""
    eighths = value * width * 8 // greatest if greatest > 0 else 0
    return "█" * (eighths // 8) + (EIGHTHS[eighths % 8].strip() if eighths % 8 else "")


def spark(values: Sequence[int]) -> str:
    """A step for each value, from the least to the greatest."""
    least, most = min(values, default=0), max(values, default=0)
    return "".join(STEPS[(value - least) * 7 // max(1, most - least)] for value in values)


def rows(found: Summary) -> Iterator[tuple[str, ...]]:
    """A table's, as HEADINGS has its columns, with a heading for each account."""
    account = ""
    for each in found.campaigns:
        if each.account != account:
            account = each.account
            yield (account, *[""] * (len(HEADINGS) - 1))
        ctr = _hundredths(each.clicks * 10_000 // each.impressions) if each.impressions else "-"
        cpc = _units(each.spent // each.clicks) if each.clicks else "-"
        figures = (f"{each.impressions:,}", f"{each.clicks:,}", ctr, cpc, f"{each.visits:,}")
        yield (f"  {each.name}", each.effective, _budget(each), _units(each.spent), *figures)


def lines(found: Summary, tally: Tally, digest: str) -> Iterator[str]:
    """What stands beneath the table."""
    greatest = max((spent for _, spent in found.days), default=0)
    yield "Spent a day"
    for day, spent in found.days:
        yield f"  {day:%a %d %b}  {bar(spent, greatest):<{WIDTH}}  {_units(spent):>8}"
    yield ""
    yield f"Ads shown by the hour of the day, UTC  0 {spark(found.hours)} 23"
    yield ""
    unbilled = sum(each.unbilled for each in found.campaigns)
    clicks = sum(each.clicks for each in found.campaigns)
    yield f"{tally.auctions:,} auctions, {tally.shown:,} ads shown, {clicks:,} clicks, {unbilled:,} of them not charged"
    more = f"{tally.duplicates:,} had come before, {tally.refused:,} were refused"
    yield f"{tally.reported:,} reports were counted, {more}; {tally.lost:,} auctions were lost with a node"
    yield f"reports  {digest}"
    yield f"figures  {found.digest}"


def _budget(line: Line) -> str:
    return f"{_units(line.total)}" if line.daily is None else f"{_units(line.daily)} a day"


def _units(micros: int) -> str:
    return _hundredths(micros * 100 // MICROS)


def _hundredths(value: int) -> str:
    return f"{value // 100:,}.{value % 100:02}"
