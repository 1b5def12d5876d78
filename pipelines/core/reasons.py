"""Why something stopped, in one sentence that names the file and says what to do.

Our own errors say it themselves; this is for what the machine and the packages raise.
"""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import duckdb

from pipelines.core.database import lock_sentence
from pipelines.core.errors import FilingsError, system_remedy
from pipelines.core.privacy.numbers import mask_numbers

AGAIN = "再运行 filings refresh"
_FULL = f"磁盘已满,请腾出空间后{AGAIN}"
_MEMORY = f"内存不够,请调低 FILINGS_MEMORY、关闭其他程序或增加内存后{AGAIN}"


def reason_zh(error: BaseException) -> str:
    """Return the reason as one line; what looks like a person's number in it is masked."""
    return mask_numbers(" ".join(_reason(error).split()))


def _reason(error: BaseException) -> str:
    if isinstance(error, FilingsError):
        return str(error)
    if isinstance(error, OSError):
        return _of_the_machine(error)
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return _MEMORY
    if isinstance(error, BrokenProcessPool):
        return f"一个读取进程被系统终止了,多半是{_MEMORY}"
    if isinstance(error, duckdb.Error):
        return _of_the_database(error)
    return _of_the_program(error)


def _of_the_machine(error: OSError) -> str:
    known = system_remedy(error)
    if known is None:
        return _of_the_program(error)
    sentence = f"{known[0]},{known[1]}后{AGAIN}"
    return f"{error.filename} {sentence}" if error.filename else sentence


def _of_the_database(error: duckdb.Error) -> str:
    text = str(error)
    locked = lock_sentence(text)
    if locked:
        return f"{locked},请关闭那个程序后{AGAIN}"
    if "No space left" in text or "failed to offload" in text:
        return _FULL
    return _of_the_program(error)


def _of_the_program(error: BaseException) -> str:
    first = str(error).strip().splitlines()
    said = f"{type(error).__name__}:{first[0]}" if first else type(error).__name__
    return f"程序出错({said}),详情在 warehouse/build/errors 里,请交给维护人员"
