"""The part of the one error tree (its root is in ``storage/errors.py``) that reading, encoding and answering raise.

    FootnoteError
    ├── StorageError                 (storage/errors.py)
    ├── ReadError                    a file cannot be read
    │   ├── UnknownFormat            no reader for this kind of file
    │   ├── OldFormat                a kind of file that only its old program reads
    │   ├── FileUnreachable          it cannot be opened at all
    │   ├── DamagedFile              not what its name says, or broken
    │   ├── UnknownEncoding          text, but in letters that cannot be made out
    │   ├── PasswordNeeded           encrypted
    │   ├── EncryptedForOthers       encrypted with a key that only another program has
    │   ├── NothingToRead            opened, but holds no text
    │   │   ├── EmptyFile            not even a byte
    │   │   └── PicturesOnly         perhaps text on pictures, and nothing here reads those
    │   ├── FileTooLarge             over a limit that protects the machine
    │   ├── OriginalMissing          the library's own copy is gone
    │   ├── ReaderDied               its process crashed or ran out of time
    │   ├── KnownName                another document has its name, and which one stays was not said yet
    │   └── GivenUp                  a person did not want it after all
    ├── FolderError                  a folder of this computer cannot be added
    │   ├── FolderMissing            there is none at its path
    │   ├── FolderClosed             it may not be looked into
    │   ├── FolderTooWide            it holds the whole computer
    │   └── FolderOfLibrary          it is where Footnote keeps the library itself
    ├── NotOnThisComputer            the page can be reached from elsewhere, so it shows no folders of this computer
    ├── BadSetting                   a setting's value is not one of those allowed
    ├── BadQuestions                 a file of questions holds something else
    ├── NoneInCollection             the collection has none of the documents that were asked for
    ├── EncoderError                 the packaged MiniLM weights are missing, changed or cannot be exported
    ├── EmbeddingModelUnavailable    the embedding model asked for is not on this machine, or damaged
    │   └── TeamModelMissing         a team's passages are found by it, and none can be added without it
    ├── CrossEncoderUnavailable      the weights asked for are not on this machine, or damaged
    ├── CrossEncoderFetchFailed      and could not be fetched
    └── ModelError                   the language model or its server
        ├── ServerAbsent             nothing answers at the address
        ├── ServerSilent             something is there, but its answer never came
        ├── NotOllama                something answers, but not Ollama
        ├── ModelAbsent              the model is not installed
        │   └── NoModels             none is
        ├── ModelNotLocal            the model would send text to another computer
        ├── ModelCannotChat          the model does not do what was asked
        ├── PromptTooLong            the prompt does not fit the model's window
        ├── ServerBusy               the queue is full
        ├── ModelCrashed             the model could not be loaded, or died
        ├── AnswerNotBegun           not a word of the answer came
        ├── AnswerBroke              the stream ended before the answer did
        ├── EmptyAnswer              the answer ended before it began
        └── PullFailed               a model could not be downloaded
            ├── NoSpaceForModel      the disk is full
            └── OllamaTooOld         the model needs a newer server

An error carries its facts; the sentence that a person reads for it stands in ``rag/sentences.py``.
"""

from __future__ import annotations

import struct
import zipfile
import zlib

from storage.errors import FootnoteError

__all__ = [
    "LIBRARY_TROUBLE",
    "READ_ERRORS",
    "AnswerBroke",
    "AnswerNotBegun",
    "BadQuestions",
    "BadSetting",
    "CrossEncoderFetchFailed",
    "CrossEncoderUnavailable",
    "DamagedFile",
    "EmbeddingModelUnavailable",
    "EmptyAnswer",
    "EmptyFile",
    "EncoderError",
    "EncryptedForOthers",
    "FileTooLarge",
    "FileUnreachable",
    "FolderClosed",
    "FolderError",
    "FolderMissing",
    "FolderOfLibrary",
    "FolderTooWide",
    "GivenUp",
    "KnownName",
    "ModelAbsent",
    "ModelCannotChat",
    "ModelCrashed",
    "ModelError",
    "ModelNotLocal",
    "NoModels",
    "NoSpaceForModel",
    "NoneInCollection",
    "NotOllama",
    "NotOnThisComputer",
    "NothingToRead",
    "OldFormat",
    "OllamaTooOld",
    "OriginalMissing",
    "PasswordNeeded",
    "PicturesOnly",
    "PromptTooLong",
    "PullFailed",
    "ReadError",
    "ReaderDied",
    "ServerAbsent",
    "ServerBusy",
    "ServerSilent",
    "TeamModelMissing",
    "UnknownEncoding",
    "UnknownFormat",
]


class ReadError(FootnoteError):
    """A file cannot be read; ``file`` is its name and ``detail`` what the reader said, for logs."""

    def __init__(self, file: str, detail: str = "") -> None:
        super().__init__(f"{file}: {detail or type(self).__name__}")
        self.file = file
        self.detail = detail


class UnknownFormat(ReadError):
    """No reader for this kind of file."""


class OldFormat(ReadError):
    """A kind of file that its own program reads, and no library that can be used here; ``detail`` says the way out."""


class FileUnreachable(ReadError):
    """It is not there, or may not be opened; ``detail`` is the operating system's word."""


class DamagedFile(ReadError):
    """Not what its name says, or broken."""


class UnknownEncoding(ReadError):
    """Text to all appearances, but in an encoding that is not known, so that its letters cannot be told."""


class PasswordNeeded(ReadError):
    """Encrypted with a password that is not known."""


class EncryptedForOthers(ReadError):
    """Encrypted with a key that only another program has: a book's copy protection, an e-mail to one person."""


class NothingToRead(ReadError):
    """Opened without trouble, but holds no text, nor pictures on which any was found."""


class EmptyFile(NothingToRead):
    """Not even a byte: a copy or a download that never came to anything."""


class PicturesOnly(NothingToRead):
    """There may be text on its pictures, but no engine that reads pictures is on this computer."""


class FileTooLarge(ReadError):
    """Over a limit that protects the machine; ``detail`` names it."""


class OriginalMissing(ReadError):
    """The library's own copy of the file is gone, so that it cannot be read again."""


class ReaderDied(ReadError):
    """The process that read it crashed, or took longer than allowed."""


class KnownName(ReadError):
    """Another document has its name, and the person has not said yet which of them stays."""


class GivenUp(ReadError):
    """A person gave it up while it was waiting or being read."""


READ_ERRORS = {
    name: kind for name, kind in tuple(globals().items()) if isinstance(kind, type) and issubclass(kind, ReadError)
}
"""By name, as the reading process reports them."""

LIBRARY_TROUBLE = (
    *(FootnoteError, OSError),
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, RuntimeError, SyntaxError),
    *(TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error),
)
"""What is said to be raised, and what libraries have been seen to raise on damaged files beyond that."""


class FolderError(FootnoteError):
    """A folder cannot be added; ``path`` is what was asked for, ``detail`` the operating system's word."""

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(f"{path}: {detail or type(self).__name__}")
        self.path = path
        self.detail = detail


class FolderMissing(FolderError):
    """Nothing is at its path, or no folder."""


class FolderClosed(FolderError):
    """It is there, but may not be looked into."""


class FolderOfLibrary(FolderError):
    """The library itself lies there: its copies would be read as documents, and copied again."""


class FolderTooWide(FolderError):
    """It holds the whole computer: programs, devices and all."""


class NotOnThisComputer(FootnoteError):
    """The page can be reached from other computers, and what is asked for is meant for this one alone."""


class BadSetting(FootnoteError):
    """The setting ``name`` was given as ``value``; ``allowed`` says what it may be."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(f"{name}={value!r}, allowed: {allowed}")
        self.name = name
        self.value = value
        self.allowed = allowed


class BadQuestions(FootnoteError):
    """Line ``line`` of the file of questions ``file`` is not one; line 0 stands for the whole file."""

    def __init__(self, file: str, line: int, detail: str) -> None:
        super().__init__(f"{file}, line {line}: {detail}")
        self.file = file
        self.line = line
        self.detail = detail

    @property
    def where(self) -> str:
        """The line, for the sentence; nothing where it is the whole file."""
        return f"line {self.line}: " if self.line else ""


class NoneInCollection(FootnoteError):
    """The collection ``name`` holds none of the documents that a question was to search."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing to search in the collection {name!r}")
        self.name = name


class EncoderError(FootnoteError):
    """The packaged MiniLM weights are missing, changed or cannot be exported."""


class EmbeddingModelUnavailable(FootnoteError):
    """The weights of embedding model ``name`` are not on this machine, are damaged, or are others than before."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class TeamModelMissing(EmbeddingModelUnavailable):
    """Passages of the library at ``place``, which others use too, need vectors of a model that is not here."""

    def __init__(self, place: str, name: str, detail: str = "") -> None:
        super().__init__(name, detail)
        self.place = place


class CrossEncoderUnavailable(FootnoteError):
    """The weights of cross-encoder ``name`` are not on this machine, or are damaged."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class CrossEncoderFetchFailed(FootnoteError):
    """The weights of the cross-encoder or embedding model ``name`` could not be fetched."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class ModelError(FootnoteError):
    """The language model or its server; ``server`` is the address, ``model`` the name where one was asked for."""

    def __init__(self, server: str, model: str = "", detail: str = "") -> None:
        super().__init__(" ".join(part for part in (type(self).__name__, server, model, detail) if part))
        self.server = server
        self.model = model
        self.detail = detail


class ServerAbsent(ModelError):
    """Nothing answers at the address."""


class ServerSilent(ModelError):
    """Something is there, but it closed the connection or took too long: it may be starting, or be at its limits."""


class NotOllama(ModelError):
    """Something answers at the address, but it is not Ollama (a proxy, say)."""


class ModelAbsent(ModelError):
    """The model is not installed."""


class NoModels(ModelAbsent):
    """No model that can write answers is installed."""


class ModelNotLocal(ModelError):
    """The model runs on somebody else's computer."""


class ModelCannotChat(ModelError):
    """The model does not support what was asked of it."""


class PromptTooLong(ModelError):
    """The server refused a prompt that does not fit the model's window."""


class ServerBusy(ModelError):
    """The server's queue stayed full."""


class ModelCrashed(ModelError):
    """The model could not be loaded, or died while writing; ``detail`` is the server's text."""


class AnswerNotBegun(ModelError):
    """The connection ended, or nothing came for too long, before the first word of the answer."""


class AnswerBroke(ModelError):
    """The stream ended before the answer did."""


class EmptyAnswer(ModelError):
    """The model ended without a word of an answer, perhaps after thinking at length."""


class PullFailed(ModelError):
    """A model could not be downloaded; ``detail`` is the server's text."""


class NoSpaceForModel(PullFailed):
    """The disk that Ollama keeps its models on is full."""


class OllamaTooOld(PullFailed):
    """The model is made for a newer Ollama than the one that answers."""
