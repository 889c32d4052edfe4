"""ClickHouse errors as the HTTP interface reports them: code, text and HTTP status."""

import re
from http import HTTPStatus

NOT_IMPLEMENTED = 48
SYNTAX_ERROR = 62
NETWORK_ERROR = 210
CANNOT_DECOMPRESS = 271
SESSION_NOT_FOUND = 372
SESSION_IS_LOCKED = 373
AUTHENTICATION_FAILED = 516
UNKNOWN_EXCEPTION = 1002

_CODE = re.compile(r"Code: (\d+)\.")

# The groups of ClickHouse's exceptionCodeToHTTPStatus (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp).
_STATUS_BY_CODE = {
    **dict.fromkeys((26, 27, 36, 38, 41, 43, 53, 62, 69, 70, 72, 115, 117, 130, 131, 395), HTTPStatus.BAD_REQUEST),
    **dict.fromkeys((16, 46, 47, 60, 73, 75, 78, 81, 372), HTTPStatus.NOT_FOUND),
    **dict.fromkeys((192, 193, 194, 497, 516), HTTPStatus.FORBIDDEN),
    48: HTTPStatus.NOT_IMPLEMENTED,
    159: HTTPStatus.REQUEST_TIMEOUT,
    210: HTTPStatus.SERVICE_UNAVAILABLE,
    202: HTTPStatus.SERVICE_UNAVAILABLE,
    373: HTTPStatus.LOCKED,
}


class QueryError(Exception):
    """A query the engine or this server refuses.

    Args:
        code: ClickHouse error code, for example 60 for an unknown table.
        text: Full text in ClickHouse form, "Code: N. DB::Exception: ... (NAME)".
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def http_status(self) -> HTTPStatus:
        """The HTTP status a ClickHouse server answers for this code."""
        return _STATUS_BY_CODE.get(self.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def refusal(code: int, name: str, message: str) -> QueryError:
    """An error of this server, in the text form of ClickHouse."""
    return QueryError(code, f"Code: {code}. DB::Exception: {message}. ({name})")


def from_engine(error: Exception) -> QueryError:
    """Read the ClickHouse code and text out of an exception of the engine."""
    text = str(error)
    found = _CODE.search(text)
    if found is None:
        return QueryError(UNKNOWN_EXCEPTION, f"Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text} (UNKNOWN_EXCEPTION)")
    return QueryError(int(found.group(1)), text[found.start() :].strip())
