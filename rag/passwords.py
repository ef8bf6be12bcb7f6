"""The passwords of locked documents, remembered in memory until the program ends and nowhere else."""

from __future__ import annotations

__all__ = ["Passwords"]


class Passwords:
    """Which password a person gave for which document."""

    def __init__(self) -> None:
        self._by_document: dict[str, str] = {}
        self._by_key: dict[str, str] = {}

    def remember(self, key: str, password: str) -> None:
        """Keep a password for an entry of the queue, whose document is not known before it is read."""
        self._by_key[key] = password

    def give(self, document_id: str, password: str) -> None:
        """Keep the password of a document that has been read already."""
        self._by_document[document_id] = password

    def settle(self, key: str, document_id: str) -> str | None:
        """Return the password for an entry of the queue that has turned out to be this document."""
        if key in self._by_key:
            self._by_document[document_id] = self._by_key.pop(key)
        return self.of(document_id)

    def of(self, document_id: str) -> str | None:
        """Return the password of a document, as far as anybody has given one."""
        return self._by_document.get(document_id)
