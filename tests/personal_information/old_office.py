"""Compound files and old workbooks, made by hand after [MS-CFB] and [MS-XLS]."""

import struct
from collections.abc import Mapping, Sequence

_SECTOR = 512
_MINI = 64
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file; streams of less than 4096 bytes lie in small sectors."""
    mini = b"".join(_padded(data, _MINI) for data in streams.values() if len(data) < 4096)
    large = {name: data for name, data in streams.items() if len(data) >= 4096}
    directory_size = -(-(len(streams) + 1) // 4)
    mini_table: list[int] = []
    starts: dict[str, int] = {}
    for name, data in streams.items():
        if name not in large:
            starts[name] = len(mini_table)
            mini_table += _chained(len(mini_table), -(-len(data) // _MINI))
    chunks = [b"".join(struct.pack("<I", one) for one in mini_table), mini, *large.values()]
    counts = [-(-len(one) // _SECTOR) for one in chunks]
    used = directory_size + sum(counts)
    tables = 1
    while tables * 128 < used + tables:
        tables += 1
    table = [_TABLE] * tables + _chained(tables, directory_size)
    places = []
    for count in counts:
        places.append(len(table) if count else _END)
        table += _chained(len(table), count)
    starts.update(zip(large, places[2:], strict=True))
    table += [_FREE] * (tables * 128 - len(table))
    entries = [_entry("Root Entry", 5, places[1], len(mini), 1)]
    entries += [_entry(name, 2, starts[name] if data else _END, len(data)) for name, data in streams.items()]
    entries += [_entry("", 0, 0, 0)] * (directory_size * 4 - len(entries))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, tables, tables, 0, 4096, places[0], counts[0], _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    body = [struct.pack(f"<{len(table)}I", *table), *entries, *(_padded(one, _SECTOR) for one in chunks)]
    return head + b"".join(body)


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


def _chained(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), _END] if count else []


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    about = struct.pack("<HBB3I36xIQ", len(text) + 2 if name else 0, kind, 1, _FREE, _FREE, child, start, size)
    return text.ljust(64, b"\0") + about


def record(kind: int, data: bytes) -> bytes:
    """One record of a workbook."""
    return struct.pack("<2H", kind, len(data)) + data


def begin(version: int = 0x600) -> bytes:
    """The beginning of a workbook or of a sheet."""
    return record(0x809, struct.pack("<2H", version, 0x10) + bytes(12))


def cell(kind: int, row: int, column: int, data: bytes, style: int = 0) -> bytes:
    """A record of one cell."""
    return record(kind, struct.pack("<3H", row, column, style) + data)


def wide(text: str) -> bytes:
    """A string in two bytes a character."""
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def narrow(text: str) -> bytes:
    """A string in one byte a character."""
    return struct.pack("<HB", len(text), 0) + text.encode("latin-1")


def workbook(records: Sequence[bytes]) -> bytes:
    """An old workbook of these records."""
    return compound({"Workbook": b"".join([*records, record(0x0A, b"")]).ljust(4096, b"\0")})
