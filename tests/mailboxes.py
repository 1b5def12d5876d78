"""A mailbox behind a real SMTP server on loopback."""

from __future__ import annotations

import email
from email.message import Message
from typing import Any


class Mailbox:
    """Keeps every mail that an SMTP server takes."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"
