"""Dates, times and time codes of X12 to moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as offset
from zoneinfo import ZoneInfo

#: Time codes (element 623) of zones whose clocks change; the standard names the zone, not the city.
_ZONES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
    "AT": "America/Anchorage",
    "HT": "Pacific/Honolulu",
    "NT": "America/St_Johns",
    "TT": "America/Halifax",
}
#: Hours behind UTC in winter, of zones with codes for standard time (S) and daylight time (D).
_BEHIND = {"E": 5, "C": 6, "M": 7, "P": 8, "A": 9, "H": 10, "N": 3.5, "T": 4}
_DATES = {8: "%Y%m%d", 6: "%y%m%d"}


def moment(date: str, time: str, code: str, *, timezone: ZoneInfo) -> datetime | None:
    """The moment that date (373), time (337) and time code (623) name; None if they name none.

    Args:
        date: CCYYMMDD, or YYMMDD as before release 004010.
        time: HHMM, HHMMSS, or with tenths or hundredths of a second; without, the day begins.
        code: such as "UT"; without, or with "LT", the time is local.
        timezone: of local times. An hour that a clock change repeats is taken the first time.
    """
    zone = _zone(code, timezone)
    if zone is None or len(date) not in _DATES or not (date + time).isdecimal() or len(time) not in {0, 4, 6, 7, 8}:
        return None
    try:
        local = datetime.strptime(date + f"{time[:6]:0<6}", f"{_DATES[len(date)]}%H%M%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return local.astimezone(UTC)


def _zone(code: str, local: ZoneInfo) -> tzinfo | None:
    if code in {"", "LT"}:
        return local
    if code in {"UT", "GM"}:
        return UTC
    if code in _ZONES:
        return ZoneInfo(_ZONES[code])
    if len(code) == 2 and code[0] in _BEHIND and code[1] in "SD":
        return offset(timedelta(hours=(code[1] == "D") - _BEHIND[code[0]]))
    if code.isdecimal() and 1 <= int(code) <= 24:  # 01 to 12 are ahead of UTC; 13 to 24 are 12 to 1 hours behind it
        return offset(timedelta(hours=int(code) if int(code) <= 12 else int(code) - 25))
    return None
