"""Errors that a person reads: one sentence that says what is wrong and what to do."""

import errno

_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在磁盘只读",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.ENOENT: "不存在",
    errno.EEXIST: "已有同名的文件",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EISDIR: "是文件夹,不是文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: "链接指向自己",
    errno.EIO: "磁盘读写出错",
    errno.ESTALE: "网络盘已断开",
    errno.EMFILE: "打开的文件太多",
}


class FilingsError(Exception):
    """Something the user can mend; the command prints the message alone, without a traceback."""


class BusyError(FilingsError):
    """Another refresh of the same home holds the lock."""


class CatalogueError(FilingsError):
    """A rule, record or threshold is wrong; the message names file, line and rule."""


class GateError(FilingsError):
    """The publication gate could not run, or an identity broke."""


def reason_zh(error: OSError) -> str:
    """Return why the system refused a file, in Chinese; its own words where there are none."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)
