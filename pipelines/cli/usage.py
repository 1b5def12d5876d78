"""What is wrong with a call of the command, said in Chinese: Typer's errors, translated."""

from __future__ import annotations

import re
from typing import Any

from pipelines.cli.help import usage
from pipelines.core.text import printable

_SENTENCES = (
    (r"No such command '(.*?)'\.", "没有命令 {0}"),
    (r"No such command '(.*?)'\. Did you mean (.*)\?", "没有命令 {0}(相近的有 {1})"),
    (r"Missing command\.", "没有写命令"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "多出的参数:{0}"),
    (r"Option '?(.*?)'? requires an argument\.?", "选项 {0} 后面要写值"),
    (r"Option '?(.*?)'? requires (\d+) arguments\.?", "选项 {0} 后面要写 {1} 个值"),
    (r"Option '?(.*?)'? does not take a value\.?", "选项 {0} 后面不写值"),
    (r"Argument '?(.*?)'? takes (\d+) values?\.?", "参数 {0} 要写 {1} 个值"),
)
_VALUES = (
    (r"(?i).*greater than or equal to (\S+)", "应不小于 {0}"),
    (r"(?i).*less than or equal to (\S+)", "应不大于 {0}"),
    (r"(?i).*(?:valid integer|valid int\b).*", "应为整数"),
    (r"(?i).*(?:valid number|valid float).*", "应为数字"),
    (r"(?i).*valid bool.*", "应为 true 或 false"),
    (r"(?i).*is not one of (.*?)\.?", "应为其中之一:{0}"),
    (r"(?i).*does not exist\.?", "没有这个文件或文件夹"),
    (r"(?i).*is a directory\.?", "这是文件夹,应为文件"),
    (r"(?i).*is a file\.?", "这是文件,应为文件夹"),
    (r"(?i).*is not (?:readable|writable)\.?", "没有读写权限"),
)


def is_help(error: Any) -> bool:
    """Say whether what Typer raised is the help page of a group called without a command."""
    return type(error).__name__ == "NoArgsIsHelpError"


def usage_error(error: Any) -> str:
    """Return one sentence: what is wrong, how the command is called, where it is explained.

    ``error`` is what Typer raises for a wrong call.
    """
    ctx = getattr(error, "ctx", None)
    said = printable(_what(error, type(error).__name__))
    if ctx is None:
        return f"{said}。"
    return f"{said}。用法:{usage(ctx.command, ctx)};说明见 {ctx.command_path} --help。"


def _what(error: Any, kind: str) -> str:
    parameter = getattr(error, "param", None)
    if kind == "MissingParameter":
        return f"缺少{_named(parameter)}"
    if kind == "BadParameter":
        told = _translated(_VALUES, str(error.message)) or str(error.message)
        return f"{_named(parameter)} 的值不可用:{told}"
    if kind == "NoSuchOption":
        near = "、".join(sorted(error.possibilities or ()))
        return f"没有选项 {error.option_name}" + (f"(相近的有 {near})" if near else "")
    return _translated(_SENTENCES, str(error.message)) or str(error.message)


def _named(parameter: Any) -> str:
    if parameter is None:
        return "参数"
    if parameter.param_type_name == "option":
        return f"选项 {'/'.join(parameter.opts)}"
    return f"参数 {parameter.name.upper()}"


def _translated(sentences: tuple[tuple[str, str], ...], message: str) -> str:
    for pattern, chinese in sentences:
        found = re.fullmatch(pattern, message.strip(), re.DOTALL)
        if found:
            return chinese.format(*found.groups())
    return ""
