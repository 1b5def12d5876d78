"""Why a stage stopped: one Chinese line with the file and what to do, whatever was raised."""

from __future__ import annotations

import errno
from concurrent.futures.process import BrokenProcessPool

import duckdb
import pytest

from pipelines.core.errors import FilingsError
from pipelines.core.reasons import reason_zh

LOCKED = (
    'IO Error: Could not set lock on file "/data/filings.duckdb": Conflicting lock is held in '
    "/usr/bin/python3.11 (PID 4711) by user nobody. See also https://duckdb.org/docs"
)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (FilingsError("文件 x 不对。"), ["文件 x 不对。"]),
        (OSError(errno.ENOSPC, "No space left on device", "/data/a"), ["/data/a", "磁盘已满"]),
        (PermissionError(errno.EACCES, "Permission denied", "/data/a"), ["/data/a", "权限"]),
        (FileNotFoundError(errno.ENOENT, "No such file", "/data/a"), ["/data/a", "不在了"]),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/data/a"), ["/data/a", "文件夹"]),
        (duckdb.IOException(LOCKED), ["/data/filings.duckdb", "4711", "python3.11", "关闭"]),
        (duckdb.OutOfMemoryException("could not allocate"), ["内存", "FILINGS_MEMORY"]),
        (MemoryError(), ["内存"]),
        (BrokenProcessPool("abrupt"), ["读取进程", "内存"]),
        (KeyError("x"), ["KeyError", "维护人员"]),
        (ValueError("two\nlines"), ["ValueError:two", "维护人员"]),
    ],
)
def test_a_reason_is_one_line_that_says_what_to_do(error: Exception, parts: list[str]) -> None:
    reason = reason_zh(error)
    assert "\n" not in reason
    for part in parts:
        assert part in reason


def test_a_persons_number_in_an_error_is_masked() -> None:
    reason = reason_zh(ValueError("cannot convert 990101198001010011"))
    assert "990101198001010011" not in reason
