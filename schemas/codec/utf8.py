"""Whether bytes are UTF-8: what a text may hold, checked before anybody reads it as one.

Source: RFC 3629, section 4 (no surrogates, nothing overlong, nothing above U+10FFFF).
"""

from __future__ import annotations

from schemas.compiled import Word, bytes_at, compiled


@compiled
def _following(text: Word, place: Word, end: Word) -> Word:
    """Return the number of bytes that follow the leading byte of a character; -1 when it is none."""
    lead = bytes_at(text)[place]
    second = bytes_at(text)[place + 1] if place + 1 < end else 0
    if 0xC2 <= lead <= 0xDF:
        return 1
    if 0xE0 <= lead <= 0xEF:
        low, high = 0xA0 if lead == 0xE0 else 0x80, 0x9F if lead == 0xED else 0xBF
        return 2 if low <= second <= high else -1
    if 0xF0 <= lead <= 0xF4:
        low, high = 0x90 if lead == 0xF0 else 0x80, 0x8F if lead == 0xF4 else 0xBF
        return 3 if low <= second <= high else -1
    return -1


@compiled
def is_utf8(text: Word, length: Word) -> bool:
    """Tell whether the bytes at an address are whole characters of UTF-8."""
    place = 0
    while place < length:
        if bytes_at(text)[place] < 0x80:
            place += 1
            continue
        following = _following(text, place, length)
        if following < 0 or place + following >= length:
            return False
        for _ in range(following):
            place += 1
            if bytes_at(text)[place] & 0xC0 != 0x80:
                return False
        place += 1
    return True
