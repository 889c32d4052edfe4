"""The head of a ClickHouse Native block, for results without rows."""

import json


def empty_block(json_compact: bytes) -> bytes:
    """A Native block with columns and no rows.

    Args:
        json_compact: The same result in the JSONCompact format; only its "meta" is read.

    Returns:
        Column count, row count zero, then name and type of every column.
    """
    columns = json.loads(json_compact)["meta"]
    block = bytearray(_varint(len(columns)) + _varint(0))
    for column in columns:
        for text in (column["name"].encode(), column["type"].encode()):
            block += _varint(len(text)) + text
    return bytes(block)


def _varint(value: int) -> bytes:
    """LEB128, as ClickHouse writes lengths."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
