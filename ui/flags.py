"""The command line as a person reads it: every command, every flag, and what ``--help`` says of them.

It owns words and the shape of what may be typed, nothing of what is done with it: ``app.py`` reads the flags, and what
the commands do stands in ``ui/commands.py`` and ``ui/upkeep.py``.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.evidence import CANDIDATES, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DONE", "NOT_DONE", "VERSION", "WRONG_USAGE", "parser", "place", "with_command"]

VERSION = "0.1.0"
DONE, NOT_DONE, WRONG_USAGE = 0, 1, 2
"""The exit codes."""

_WIDTH = 78
_LAST_PORT = 65535
_BUCKET = re.compile(r"(?:s3|gs|az)://[^/\s]+(?:/\S*)?")
_MOST_PASSAGES = 100

_ABOUT = """
Answers questions about your own documents, on this computer, and shows where each answer comes from. Without a command,
the page is opened in a browser.
"""
_CODES = """
“python app.py COMMAND --help” says more about each command. Exit codes: 0 fine, 1 something asked for could not be
done, 2 wrong usage. What --json prints is described in the README, key by key.
"""
_SERVE = """
Open the page in a browser. It can be reached from this computer only, unless --host names another address, and that
needs a password. Starting it twice on the same data opens the page that is already there. Ctrl+C stops it.
"""
_ADD = """
Read files into the library, and folders with everything in them: PDF, Word, PowerPoint, Excel, web pages, e-mails,
books, text, tables and code; the README lists them all. Other files are skipped. What is there already is left alone; a
file that has changed since it was added from the same place replaces its earlier self. Stopping it is safe: the same
line, given again, reads what is missing. With --collection, all of them that can be read are in that collection
afterwards. A folder is read once and not watched; the page can do that.
"""
_SEARCH = """
Find the passages that answer a question, best first, each with the scores that every stage gave it. No language model
is asked. With a file of questions, one after the other is answered and the models are loaded only once.
"""
_ASK = """
Answer a question: the best sentence of your documents at once, then an answer written by the language model in Ollama,
with its sources below. Where there is no language model, the quoted sentence and the passages are the answer; where the
documents do not hold one, you are told so.
"""
_LIST = "List the documents of the library, the one added last first, each with the beginning of its id."
_COLLECTIONS = """
List the collections with the number of their documents, or make, rename or delete one, or move documents. A collection
is a set of documents with a name, say one for each matter: “search”, “ask” and “list” can keep to it, and “add” can
bring files into it. A document is in one collection or in none; “move” takes it out of the one it was in, and “release”
out of any. Deleting a collection deletes no document.
"""
_SHOW = """
Print the text of a document as Footnote read it. With --page, exactly the stored text of that page and nothing else, so
that the offsets of passages and quotes can be checked against it.
"""
_REMOVE = """
Remove documents from the library, with everything that was made of them and what earlier answers quote of them, so that
nothing of it can be read on the disk. Your own files are not touched. Where several documents have the same name, say
which by the beginning of its id.
"""
_MODELS = """
List the language models that Ollama has (the one that writes is marked with *), install one, or remove one. “pull” with
the name of an embedding model or a cross-encoder (owner/name) fetches that instead, and says which setting uses it.
"""
_CHECK = """
Say what is installed, found and missing, where the data lies, how large it is, and what to do. Repairs and removes
nothing. What any first start makes it makes as well: the data folder, and the encoder's file in its cache.
"""
_REBUILD = """
Read all documents again from Footnote's own copies. This is needed after an update that comes with another
language-understanding model; Footnote says so then. Where FOOTNOTE_EMBEDDING names another embedding model than the one
that finds passages, nothing is read again: passages are encoded with it, and found by the earlier one until all are.
Stopping it is safe: give the same line again.
"""


class _Commands(argparse.RawDescriptionHelpFormatter):
    """Leaves room for the longest command: argparse forgets that commands stand further to the right than options."""

    def add_argument(self, action: argparse.Action) -> None:
        """Make as much room as argparse does, and that of one step to the right."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            self._action_max_length += self._indent_increment


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; expects what ``with_command`` returns."""
    whole = argparse.ArgumentParser(
        prog="python app.py",
        description=_filled(_ABOUT),
        epilog=_filled(_CODES),
        formatter_class=_Commands,
    )
    whole.add_argument("--version", action="version", version=f"Footnote {VERSION}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve(_command(commands, "serve", "open the page (what happens without a command)", _SERVE))
    bring = ("contract.pdf ~/Documents/house", '~/Documents/house --collection "House move"')
    _add(_command(commands, "add", "read files and folders into the library", _ADD, *bring))
    find = ('"How much notice do I have to give?" --top-k 5', "--questions questions.jsonl --json")
    _question(_command(commands, "search", "find passages, without writing an answer", _SEARCH, *find))
    ask = _command(commands, "ask", "answer a question, with its sources", _ASK, '"Who pays for repairs?"')
    _question(ask)
    ask.add_argument("--model", default="", metavar="NAME", help="the language model, as Ollama calls it")
    _collection(_command(commands, "list", "list the documents of the library", _LIST), "list only its documents")
    arrange = ("", 'create "House move"', 'move "House move" contract.pdf 6c4809')
    _collections(_command(commands, "collections", "list and change sets of documents", _COLLECTIONS, *arrange))
    _show(_command(commands, "show", "print the text of a document", _SHOW, "contract.pdf --page 2"))
    _remove(_command(commands, "remove", "remove documents from the library", _REMOVE, "contract.pdf 6c4809"))
    pull = ("", "pull granite4.1:3b")
    _models(_command(commands, "models", "list, install or remove language models in Ollama", _MODELS, *pull))
    _command(commands, "check", "say what is installed, found and missing, and what to do", _CHECK)
    _command(commands, "rebuild", "read all documents again, after a change of model", _REBUILD)
    return whole


def with_command(arguments: Sequence[str]) -> list[str]:
    """Put ``serve`` where no command is given, and right behind the command what every command takes.

    So ``--data`` and ``--json`` may stand anywhere, also between the positional arguments of a command.
    """
    common, rest = _parted(arguments)
    if rest and rest[0] in {"-h", "--help", "--version"}:
        return rest
    if not rest or rest[0].startswith("-"):
        return ["serve", *common, *rest]
    return [rest[0], *common, *rest[1:]]


def _parted(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what every command takes from the rest; behind a bare ``--`` nothing is a flag.

    A ``--data`` with nothing behind it stays last, where it can be told that something is missing.
    """
    common: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--json" or word.startswith("--data="):
            common.append(word)
        elif word == "--data" and (value := [*islice(words, 1)]):
            common += [word, *value]
        else:
            rest += [word, *words] if word == "--" else [word]
    return common, rest


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str, about: str, *examples: str
) -> argparse.ArgumentParser:
    shown = "\n".join(f"  python app.py {name} {each}".rstrip() for each in examples)
    command = commands.add_parser(
        name,
        help=help_,
        description=_filled(about),
        epilog=f"for example:\n{shown}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--data",
        type=place,
        metavar="DIR",
        help="where everything is kept: a folder, or a bucket as s3://… (else FOOTNOTE_DATA, else your own folder)",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object per line, for other programs")
    command.set_defaults(command=name)
    return command


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", metavar="H", help="the address to listen on (%(default)s)")
    command.add_argument(
        "--port", type=_port, default=7860, metavar="P", help="the port (%(default)s, or the next free one)"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    command.add_argument(
        "--password", metavar="WORD", help="ask for this password (else FOOTNOTE_PASSWORD); any user name will do"
    )


def _add(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a file or a folder")
    _collection(command, "bring everything into this collection; it is made where there is none of that name")


def _question(command: argparse.ArgumentParser) -> None:
    name = command.prog.rpartition(" ")[2]
    command.usage = f"python app.py {name} (QUESTION | --questions FILE.jsonl) [options]"
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("question", nargs="?", type=_words, metavar="QUESTION", help="the question, in quotation marks")
    what.add_argument(
        "--questions",
        type=_path,
        metavar="FILE.jsonl",
        help='a file with a line like {"id": 1, "question": "…", "documents": ["contract.pdf"]} for each question; '
        "“documents” may be left out",
    )
    command.add_argument(
        "--top-k",
        type=_top_k,
        metavar="N",
        help="how many passages to show, 1 to 100 (else FOOTNOTE_TOP_K, else 10)",
    )
    command.add_argument(
        "--mode",
        choices=tuple(map(str, Mode)),
        help=f"how many candidates the reranker reads: fast {CANDIDATES[Mode.FAST]}, "
        f"balanced {CANDIDATES[Mode.BALANCED]} (what happens without it), thorough {CANDIDATES[Mode.THOROUGH]}, "
        "of which a cross-encoder reads the first 20 again where there is one",
    )
    command.add_argument(
        "--document",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME_OR_ID",
        help="search only these documents; stands behind the question, or is repeated",
    )
    command.add_argument(
        "--search-for",
        nargs="+",
        action="extend",
        default=[],
        type=_words,
        metavar="TEXT",
        help="search for exactly this, each text by itself, whatever the question would become; no filters are made",
    )
    _collection(command, "search only the documents of this collection, or those named that are in it")


def _collection(command: argparse.ArgumentParser, help_: str) -> None:
    command.add_argument("--collection", type=_words, metavar="NAME", help=help_)


def _show(command: argparse.ArgumentParser) -> None:
    command.add_argument("document", metavar="NAME_OR_ID", help="a document's name, its id or the id's beginning")
    command.add_argument("--page", type=_number, metavar="N", help="only this page, slide or sheet, counted from 1")


def _remove(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "documents", nargs="+", metavar="NAME_OR_ID", help="a document's name, its id or the id's beginning"
    )
    command.add_argument(
        "--keep-quotes", action="store_true", help="leave what earlier answers quote of them (else it goes too)"
    )


def _collections(command: argparse.ArgumentParser) -> None:
    actions = ("list", "create", "rename", "delete", "move", "release")
    command.usage = (
        "python app.py collections [list | create NAME | rename OLD NEW | delete NAME |\n"
        "                                 move NAME DOCUMENT… | release DOCUMENT…] [options]"
    )
    command.add_argument("action", nargs="?", default="list", choices=actions, help="what to do (%(default)s)")
    command.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="names of collections, and names, ids or beginnings of ids of documents",
    )


def _models(command: argparse.ArgumentParser) -> None:
    command.usage = "python app.py models [list | pull NAME | remove NAME] [options]"
    command.add_argument(
        "action", nargs="?", default="list", choices=("list", "pull", "remove"), help="what to do (%(default)s)"
    )
    command.add_argument("name", nargs="?", default="", metavar="NAME", help="the model to install or remove")


def _words(text: str) -> str:
    """Read a question."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _path(text: str) -> Path:
    """Read a path; the empty one would be the current folder, which nobody means."""
    return Path(_words(text))


def place(text: str) -> Path | str:
    """Read where a library is: a folder as a path, and the address of one in a bucket as it is."""
    if "://" not in text:
        return _path(text)
    if not _BUCKET.fullmatch(text):
        raise argparse.ArgumentTypeError("an address begins with s3://, gs:// or az:// and the name of a bucket")
    return text


def _whole(text: str) -> int:
    """Read a whole number; argparse would show the name of our function for one that is none."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _number(text: str) -> int:
    """Read a number that counts something."""
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _top_k(text: str) -> int:
    """Read how many passages to show."""
    return _between(1, _MOST_PASSAGES, text)


def _port(text: str) -> int:
    """Read a port; 0 lets the system choose one."""
    return _between(0, _LAST_PORT, text)


def _between(low: int, high: int, text: str) -> int:
    number = _whole(text)
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"{number} is not between {low} and {high}")
    return number


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH)
