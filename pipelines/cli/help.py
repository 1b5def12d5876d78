"""What ``--help`` prints: whole lines in Chinese, as wide as they are, with an example each.

Typer's own page is cut to the terminal's width, and at 80 columns on a pipe, and counts a Chinese
character as one column.
"""

from __future__ import annotations

from typing import Any

_HELP = "显示说明 | Show this page"


def help_page(command: Any, ctx: Any) -> str:
    """Return the page of a command or group: usage, what it does, parameters, an example."""
    parts = [f"用法:{usage(command, ctx)}", (command.help or "").strip()]
    parts.append(_table("参数", [(_argument(each), _about(each)) for each in _arguments(command)]))
    options = [(_option(each), _about(each)) for each in _options(command)]
    parts.append(_table("选项", [*options, ("--help", _HELP)]))
    names = command.list_commands(ctx) if _is_group(command) else []
    commands = [command.commands[name] for name in names]
    parts.append(_table("命令", [(str(each.name), _first(each.help)) for each in commands]))
    if command.epilog:
        parts.append(_block("例", command.epilog.strip().splitlines()))
    return "\n\n".join(part for part in parts if part)


def usage(command: Any, ctx: Any) -> str:
    """Return how a command is called, in one line."""
    words = [ctx.command_path]
    for option in _options(command):
        if option.required:
            words.append(_option(option))
    if any(not option.required for option in _options(command)):
        words.append("[选项]")
    words += [_argument(each) for each in _arguments(command)]
    return " ".join([*words, "命令 …"] if _is_group(command) else words)


def _is_group(command: Any) -> bool:
    return hasattr(command, "commands")


def _arguments(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "argument"]


def _options(command: Any) -> list[Any]:
    shown = (each for each in command.params if each.param_type_name == "option")
    return [each for each in shown if not each.hidden]


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return names if parameter.is_flag else f"{names} {parameter.name.upper()}"


def _about(parameter: Any) -> str:
    """Return a parameter's text with its default, where there is one to tell."""
    default = parameter.default
    is_told = not parameter.is_flag if parameter.param_type_name == "option" else False
    told = f"(缺省 {default})" if is_told and default not in (None, "", [], ()) else ""
    return f"{(parameter.help or '').strip()}{told}"


def _first(text: str | None) -> str:
    """Return the first paragraph of a help text, in one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return _block(title, [f"{name:<{width}}  {about}".rstrip() for name, about in rows])


def _block(title: str, lines: list[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])
