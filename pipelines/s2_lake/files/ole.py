"""Compound files (OLE), the container of .xls, .et, .doc and of encrypted workbooks.

Reads the directory and single streams. Every length and every chain is checked against the size
of the file, because the reading library takes them as they are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from pipelines.s2_lake.files.sheet import Refused

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = "无法打开(可能已损坏),请另存为 .xlsx 后重报"
_LAST_SECTOR = 0xFFFFFFFA  # this and above are marks, not sectors
_STREAM, _ROOT = 2, 5


@dataclass(frozen=True)
class _Stream:
    start: int
    size: int


class CompoundFile:
    """The streams of a compound file by name. Raises Refused where it is damaged."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        if len(self._data) < 512 or not self._data.startswith(MAGIC):
            raise Refused(DAMAGED)
        head = struct.unpack_from("<HHHHHHIIIIIIIIII", self._data, 24)
        self._shift, mini_shift = head[3], head[4]
        if self._shift not in (9, 12) or mini_shift != 6:
            raise Refused(DAMAGED)
        self._sector = 1 << self._shift
        self._most = len(self._data) // self._sector + 1
        n_fat, directory = head[8], head[9]
        mini_fat, n_mini, difat, n_difat = head[12:16]
        if max(n_fat, n_mini, n_difat) > self._most:
            raise Refused(DAMAGED)
        self._fat = self._table(self._fat_sectors(n_fat, difat))
        self._mini_fat = self._table(self._chain(mini_fat, self._fat)) if n_mini else []
        self._streams: dict[str, _Stream] = {}
        self._root = _Stream(_LAST_SECTOR, 0)
        self._read_directory(directory)
        self._mini = self._joined(self._chain(self._root.start, self._fat))

    @property
    def names(self) -> set[str]:
        """The names of all streams and storages."""
        return set(self._streams)

    def read(self, name: str) -> bytes:
        """Return a stream's content. Raises KeyError, Refused."""
        stream = self._streams[name]
        if stream.size >= 4096:
            return self._joined(self._chain(stream.start, self._fat))[: stream.size]
        sectors = self._chain(stream.start, self._mini_fat)
        return b"".join(self._mini[at * 64 : at * 64 + 64] for at in sectors)[: stream.size]

    def _fat_sectors(self, count: int, difat: int) -> list[int]:
        found = list(struct.unpack_from("<109I", self._data, 76))
        seen = 0
        while difat < _LAST_SECTOR:
            numbers = self._numbers(difat)
            found += numbers[:-1]
            difat, seen = numbers[-1], seen + 1
            if seen > self._most:
                raise Refused(DAMAGED)
        return [sector for sector in found if sector < _LAST_SECTOR][:count]

    def _numbers(self, sector: int) -> tuple[int, ...]:
        block = self._block(sector)
        return struct.unpack(f"<{self._sector // 4}I", block)

    def _block(self, sector: int) -> bytes:
        at = (sector + 1) << self._shift
        block = self._data[at : at + self._sector]
        if len(block) < self._sector:
            # Only the last sector of a file may be cut short.
            if not block:
                raise Refused(DAMAGED)
            block = block.ljust(self._sector, b"\0")
        return block

    def _table(self, sectors: list[int]) -> list[int]:
        return [number for sector in sectors for number in self._numbers(sector)]

    def _chain(self, sector: int, table: list[int]) -> list[int]:
        chain: list[int] = []
        while sector < _LAST_SECTOR:
            if sector >= len(table) or len(chain) > len(table):
                raise Refused(DAMAGED)
            chain.append(sector)
            sector = table[sector]
        return chain

    def _joined(self, sectors: list[int]) -> bytes:
        return b"".join(map(self._block, sectors))

    def _read_directory(self, start: int) -> None:
        content = self._joined(self._chain(start, self._fat))
        for at in range(0, len(content) - 127, 128):
            name_size, kind = struct.unpack_from("<HB", content, at + 64)
            first, size = struct.unpack_from("<IQ", content, at + 116)
            if kind not in (1, _STREAM, _ROOT):
                continue
            if self._shift == 9:
                size &= 0xFFFFFFFF
            if kind != 1 and size > len(self._data):
                raise Refused(DAMAGED)
            name = content[at : at + max(min(name_size, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind == _ROOT:
                self._root = _Stream(first, size)
            self._streams[name] = _Stream(first, size)
