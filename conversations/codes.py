"""Codes: tokens that name a thing and are no words, such as `BK-1042` and `hotel_07`."""

import re

_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w-]{4,}|[a-z]+-\d[\w-]*|\d+-[a-z][\w-]*", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_UNITS = "st|nd|rd|th|am|pm|min|h|hrs?|km|kg|cm|mm|ml|mb|gb|tb|k|m|s|x|px|days?"
_MEASURE = re.compile(rf"\d[\d.,:-]*({_UNITS})", re.IGNORECASE)
_SPAN = "day|night|star|hour|minute|week|month|year|person|seat|bedroom|bed|mile|page|part|course|way"
_DAY = re.compile(rf"\d{{4}}-\d\d-\d\d(t.*)?|\d\d?-({_SPAN})s?", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s,;:!?()\"'“”‘’<>\[\]{}]+")


def looks_like_code(token: str) -> bool:
    """Whether a token is a code: letters and digits together, and no measure, ordinal, span or day."""
    if not _DIGIT.search(token):  # most tokens are words
        return False
    return bool(_CODE.fullmatch(token)) and not _MEASURE.fullmatch(token) and not _DAY.fullmatch(token)


def list_codes(text: str) -> list[str]:
    """The codes in a text, each once, in order."""
    tokens = (token.strip("._-/*") for token in _TOKEN.findall(text))
    return list(dict.fromkeys(token for token in tokens if looks_like_code(token)))
