"""Errors that a person reads: one sentence that says what is wrong and what to do."""

import errno

# What the system says of a file: what is wrong, what to do.
_OF_THE_SYSTEM = {
    errno.EACCES: ("没有读写的权限", "请改权限"),
    errno.EPERM: ("没有读写的权限", "请改权限"),
    errno.EROFS: ("所在的磁盘是只读的", "请改为可写"),
    errno.ENOSPC: ("磁盘已满", "请腾出空间"),
    errno.EDQUOT: ("磁盘配额已满", "请腾出空间"),
    errno.ENOENT: ("不在了", "请放回"),
    errno.EEXIST: ("已被同名的文件或文件夹占着", "请移走"),
    errno.ENOTEMPTY: ("已被同名的文件夹占着", "请移走"),
    errno.ENOTDIR: ("应是文件夹,现在是文件", "请移走"),
    errno.EISDIR: ("应是文件,现在是文件夹", "请移走"),
    errno.ENAMETOOLONG: ("名称太长", "请改短"),
    errno.ELOOP: ("链接指向自己", "请改正"),
    errno.EIO: ("磁盘读写出错", "请检查磁盘"),
    errno.ESTALE: ("网络盘已断开", "请重新连接"),
    errno.EMFILE: ("打开的文件太多", "请用 ulimit -n 提高上限"),
}


class FilingsError(Exception):
    """Something the user can mend; the command prints the message alone, without a traceback."""


class BusyError(FilingsError):
    """Another refresh of the same home holds the lock."""


class CatalogueError(FilingsError):
    """A rule, record or threshold is wrong; the message names file, line and rule."""


class GateError(FilingsError):
    """The publication gate could not run, or an identity broke."""


def system_reason(error: OSError) -> str:
    """Return why the system refused a file, in Chinese; its own words where there are none."""
    known = system_remedy(error)
    return known[0] if known else error.strerror or str(error)


def system_remedy(error: OSError) -> tuple[str, str] | None:
    """Return why the system refused a file and what to do, None where neither is known."""
    return _OF_THE_SYSTEM.get(error.errno or 0)
