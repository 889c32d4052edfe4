"""The tokenizer: bytes in, segments out, in constant memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from processors.x12.delimiters import ISA_LOOKAHEAD, Delimiters, guess_delimiters, read_delimiters
from processors.x12.problems import X12Problem

Segment = tuple[list[str], int, int]
"""Elements (the segment id first), first byte, first byte after the terminator."""

BLOCK_BYTES = 1 << 16
MAX_SEGMENT_BYTES = 1 << 18
_WINDOW_AFTER_JUMP = 1 << 12
_BLANK = "\r\n \t\x00\x1a"
_BOM = "\xef\xbb\xbf"  # the bytes of the mark, one character each
_LINE_END = "\r\n"
_ISA = "ISA"


class Tokenizer:
    """Splits an X12 byte stream into segments.

    Delimiters are taken from each ISA, so interchanges of one file may use different ones. Line ends and
    blanks between segments are noise; a byte-order mark and blanks before an ISA are skipped. A file that begins
    with GS or ST has lost its ISA: its delimiters are guessed. Bytes are handled as characters of the same
    number until elements are split, so offsets are byte offsets; elements are UTF-8, or Latin-1 where they are
    not valid UTF-8.

    Args:
        chunks: The file in pieces of any size, or at once.
        only: Segment ids to hand out; every segment by default.

    Attributes:
        delimiters: Those of the current interchange, null before the first.
        problem: Why reading stopped before the end of the file, or null.
        keep_from: First byte the caller still wants to `slice`, or null.
        skipped: Number of bytes before the first ISA that are no part of it, such as a mailbox header.
        passed: Number of segments that were not handed out because they are not among `only`.
        rest: Number of bytes after the last segment terminator when the file ended.
    """

    def __init__(self, chunks: Iterable[bytes] | bytes, only: frozenset[str] | None = None) -> None:
        self._only = only if only is not None else frozenset()
        self._hands_out_all = only is None
        self._starts = frozenset(name[:2] for name in (*self._only, _ISA))
        self.delimiters: Delimiters | None = None
        self.problem: X12Problem | None = None
        self.keep_from: int | None = None
        self.rest = self.passed = 0
        self.skipped = 0
        self._blocks = _blocks(chunks)
        self._data = b""
        self._base = 0  # file offset of _data[0]
        self._at = 0  # file offset of the next byte to read
        self._ended = False
        self._jump: int | None = None

    def __iter__(self) -> Iterator[Segment]:
        while self.problem is None:
            if not self._enter_interchange():
                return
            yield from self._interchange()
            if self._ended and self._at >= self._base + len(self._data):
                return

    @property
    def offset(self) -> int:
        """First byte not handed out as a segment yet."""
        return self._at

    def slice(self, start: int, end: int) -> bytes:
        """Return the raw bytes between two file offsets, which `keep_from` must have covered."""
        return self._data[start - self._base : end - self._base]

    def _more(self) -> bool:
        """Append a block, dropping what nobody needs any more; False at the end of the file."""
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return False
        kept = self._at if self.keep_from is None else min(self._at, self.keep_from)
        self._data = self._data[kept - self._base :] + block
        self._base = kept
        return True

    def ahead(self, start: int, size: int) -> bytes:
        """Return the bytes from a place on that was handed out last, as many as asked for or there are."""
        self.keep_from = start
        while self._base + len(self._data) - start < size and self._more():
            pass
        self.keep_from = None
        return self._data[start - self._base : start - self._base + size]

    def jump(self, to: int) -> None:
        """Go on at a segment ahead, which `ahead` must have covered."""
        self._jump = to

    def _unread(self, window: int | None = None) -> str:
        begin = self._at - self._base
        return self._data[begin : None if window is None else begin + window].decode("latin-1")

    def _enter_interchange(self) -> bool:
        """Stand at the next ISA and read its delimiters, or keep the old ones; False at the end."""
        text = self._unread()
        while len(text) < ISA_LOOKAHEAD and self._more():
            text = self._unread()
        stripped = text.lstrip(_BLANK + _BOM)
        while not stripped:
            self._at = self._base + len(self._data)  # nothing but blanks so far
            if not self._more():
                break
            text = self._unread()
            stripped = text.lstrip(_BLANK + _BOM)
        if stripped:
            self._at += len(text) - len(stripped)
        else:
            if self.delimiters is None:
                self.problem = _no_interchange(self._at, empty=True)
            return False
        found = read_delimiters(stripped[: ISA_LOOKAHEAD + 2])
        if found is None and self.delimiters is None:
            found = guess_delimiters(stripped) or self._behind_foreign_bytes(stripped)
        if found is None and (self.delimiters is None or stripped.startswith(_ISA)):
            self.problem = _no_interchange(self._at, empty=False, is_isa=stripped.startswith(_ISA))
            return False
        self.delimiters = found or self.delimiters
        return True

    def _behind_foreign_bytes(self, text: str) -> Delimiters | None:
        """Stand at an ISA of fixed width behind bytes that are no X12; null where there is none near the start."""
        at = text.find(_ISA, 1, ISA_LOOKAHEAD)
        while at >= 0:
            found = read_delimiters(text[at : at + ISA_LOOKAHEAD])
            if found is not None and found.exact:
                self.skipped = at
                self._at += at
                return found
            at = text.find(_ISA, at + 1, ISA_LOOKAHEAD)
        return None

    def _interchange(self) -> Iterator[Segment]:  # noqa: C901, PLR0912 - the hot loop, kept in one piece
        """Hand out segments up to and with the next IEA, or up to an ISA that comes without one."""
        marks = self.delimiters
        assert marks is not None  # noqa: S101 - _enter_interchange has just set it
        began, window = self._at, BLOCK_BYTES
        wanted = None if self._hands_out_all else tuple(name + marks.element for name in self._only)
        while True:
            pieces = self._unread(window).split(marks.segment)
            last = pieces.pop()
            after = self._at
            gaps: deque[tuple[int, int]] = deque()
            if wanted is not None:
                pieces, gaps = self._select(pieces)
            for piece in pieces:
                if gaps:
                    after = self._pass_over(gaps, after)
                start = after
                after += len(piece) + 1
                body = piece
                if piece[:1] == "\n" and piece[1:2].isalnum() and piece[-1] not in _LINE_END:
                    body = piece[1:]  # one segment a line, the usual case
                    start += 1
                elif piece[:1] in _BLANK or piece[-1] in _LINE_END:
                    body, start = _trimmed(piece, start)
                    if not body:
                        continue
                if body[:3] == _ISA and start != began and not body[3:4].isalnum():
                    self._at = start
                    return
                self._at = after
                if wanted is not None and not body.startswith(wanted) and body not in self._only:
                    self.passed += 1
                    continue
                elements = body.split(marks.element)
                yield elements if body.isascii() else list(map(_readable, elements)), start, after
                if body[:3] == "IEA":
                    return
                if self._jump is not None:
                    break
            if self._jump is not None:
                self._at, self._jump, window = self._jump, None, _WINDOW_AFTER_JUMP
                continue
            self._at = after = self._pass_over(gaps, after)
            if self._at + len(last) < self._base + len(self._data):
                window *= 4  # more is at hand
            elif not self._more():
                yield from self._end_of_file(last, marks)
                return
            elif len(last) > MAX_SEGMENT_BYTES:
                self.problem = _endless(self._at)
                return
            else:
                window = max(window, len(last) + BLOCK_BYTES)

    def _select(self, pieces: list[str]) -> tuple[list[str], deque[tuple[int, int]]]:
        """Return the pieces that may be wanted, and bytes and segments before each of them and behind the last."""
        bare = [piece.lstrip(_BLANK) for piece in pieces]
        wanted = [at for at, text in enumerate(bare) if text[:2] in self._starts]
        gaps: deque[tuple[int, int]] = deque()
        before = 0
        for at in (*wanted, len(pieces)):
            skipped = at - before
            gaps.append((sum(map(len, pieces[before:at])) + skipped, skipped - bare[before:at].count("")))
            before = at + 1
        return [pieces[at] for at in wanted], gaps

    def _pass_over(self, gaps: deque[tuple[int, int]], after: int) -> int:
        """Count what lies before the next segment that may be wanted; return where that begins."""
        if not gaps:
            return after
        skipped, segments = gaps.popleft()
        self.passed += segments
        return after + skipped

    def _end_of_file(self, last: str, marks: Delimiters) -> Iterator[Segment]:
        """Hand out an IEA without its terminator; anything else at the end is a broken segment."""
        start, self._at = self._at, self._base + len(self._data)
        body = last.strip(_BLANK)
        elements = body.split(marks.element)
        if elements[0] == "IEA":
            yield elements, start, self._at
        else:
            self.rest = len(body)


def _blocks(chunks: Iterable[bytes] | bytes) -> Iterator[bytes]:
    whole = (chunks,) if isinstance(chunks, (bytes, bytearray, memoryview)) else chunks
    for chunk in whole:
        view = memoryview(chunk)
        for start in range(0, len(view), BLOCK_BYTES):
            yield bytes(view[start : start + BLOCK_BYTES])


def _trimmed(piece: str, start: int) -> tuple[str, int]:
    left = piece.lstrip(_BLANK)
    # Trailing blanks belong to the last element, whose value may be exact; line ends never do.
    return left.rstrip(_LINE_END), start + len(piece) - len(left)


def _readable(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def _no_interchange(at: int, *, empty: bool, is_isa: bool = False) -> X12Problem:
    if empty:
        code, message = "empty_file", "The file is empty"
        remedy = "Check the transfer and send the file again."
    elif is_isa:
        code, message = "bad_isa", "The ISA segment is cut off or its separators cannot be told"
        remedy = "Ask the sender for the file again; ISA must be 106 characters long."
    else:
        code, message = (
            "not_x12",
            "The file does not begin with an ISA segment, so it is not an X12 interchange",
        )
        remedy = "Give an X12 file; for CSV or JSON use the matching intake."
    level = "interchange" if is_isa else "file"
    return X12Problem("fatal", level, code, message, remedy, at, segment_id="ISA" if is_isa else "")  # type: ignore[arg-type]


def _endless(at: int) -> X12Problem:
    message = f"No segment terminator within {MAX_SEGMENT_BYTES} bytes"
    remedy = "The file is damaged or its ISA names the wrong terminator; ask the sender for it again."
    return X12Problem("fatal", "file", "segment_too_long", message, remedy, at)
