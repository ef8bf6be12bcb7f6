"""Every sentence a person can read about an error, an outcome or a state: what happened, and what to do next.

Page and command line share them, so they say the same everywhere. Pure functions from facts to plain words; nothing
here knows where a sentence will be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag import errors
from rag.embedding_models import Role
from rag.evidence import Answer, Caveat, LeftOut, Outcome, Strength
from rag.leaning import aside_of
from rag.unread_kinds import sentence_for_kind
from storage import errors as storage_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.errors import FootnoteError
    from storage.records import Document
    from storage.upgrade import Upgrading

__all__ = [
    "ALREADY_THERE",
    "ANSWER_STOPPED",
    "BROUGHT_INTO",
    "CLOSED",
    "CLOSED_EARLY",
    "CLOSING",
    "COLLECTIONS_USAGE",
    "DRAWING",
    "EMPTY_COLLECTION",
    "GET_OCR",
    "INSTALL_AGAIN",
    "LEFT_AT_ONCE",
    "LOCKED",
    "LOCKED_PAGE",
    "MODELS_USAGE",
    "MODEL_READY",
    "NONE_CHOSEN",
    "NOTHING_FOUND",
    "NOTHING_LEAVES",
    "NOT_COPIED",
    "NOT_GONE_OVER",
    "NOT_IN_DOCUMENTS",
    "NO_COLLECTIONS",
    "NO_DOCUMENTS",
    "NO_SENTENCE",
    "REMOVED_DOCUMENT",
    "REMOVED_LINES",
    "REMOVED_QUOTE",
    "SAME_NAME",
    "SHARED",
    "SHARED_AND_WRITTEN_ELSEWHERE",
    "SHOWN_FIRST",
    "STILL_ANSWERING",
    "STOPPED",
    "UNEXPECTED",
    "WRITTEN_ELSEWHERE",
    "WRONG_PASSWORD",
    "megabytes",
    "sentence_for",
    "sentence_for_fetched",
    "sentence_for_known",
    "sentence_for_left_out",
    "sentence_for_outcome",
    "sentence_for_quotes",
    "sentence_for_reencoded",
    "sentence_for_removed",
    "sentence_for_strength",
    "sentence_for_unread",
    "sentence_for_upgrade",
    "sentence_for_waiting",
    "sentence_for_warning",
    "unsaid",
]

NOTHING_LEAVES = "Nothing leaves this computer"
WRITTEN_ELSEWHERE = "Answers are written by Ollama on {host}; everything else stays on this computer"
NOT_GONE_OVER = (
    "FOOTNOTE_EMBEDDING names another embedding model than the one that finds passages. The page goes over to it by "
    "itself while it is open; so does “python app.py rebuild”."
)
SHARED = "The documents are in {place}; everything else stays on this computer"
SHARED_AND_WRITTEN_ELSEWHERE = "The documents are in {place}, and answers are written by Ollama on {host}"
NO_DOCUMENTS = "There are no documents to search yet. Add some first."
NO_COLLECTIONS = "There are no collections yet. Make one with “python app.py collections create NAME”."
EMPTY_COLLECTION = "No document is in this collection yet. Add some to it, or move some into it."
NOT_IN_DOCUMENTS = "Your documents do not seem to hold the answer. These are the nearest passages."
ALREADY_THERE = "This file is already in the library."
_THERE_AS = "This file is already in the library, as {0}."
BROUGHT_INTO = "This file was already in the library. It is in this collection now."
NONE_CHOSEN = "No document is ticked. Tick at least one to search."
STILL_ANSWERING = "One answer at a time: stop the one that is being written, or wait for it."
CLOSED = "Footnote has been closed. Start it again, and this page goes on where it was."
MODEL_READY = "{model} is ready. Press Try again below the question for a written answer."
NO_SENTENCE = "No single sentence of your documents answers this. The passages that were found come nearest."
_NO_SENTENCE_FOR = "No single sentence of your documents answers {0}."
REMOVED_DOCUMENT = "a removed document"
REMOVED_LINES = "(What stood here came, or may have come, from a removed document.)"
REMOVED_QUOTE = "The words quoted here went with a removed document."
NOT_COPIED = "Could not be copied: {names}. Perhaps too large, or moved meanwhile; try again, or add them one by one."
CLOSED_EARLY = "Footnote was closed before this answer was complete. Press Try again for the whole of it."
DRAWING = "Drawing the page…"
NOTHING_FOUND = "No passage was found for this question. Ask in other words, or tick more documents."
INSTALL_AGAIN = "Run the install line of the README again."
MODELS_USAGE = (
    "“list” takes no name, “pull” and “remove” take one: python app.py models [list | pull NAME | remove NAME]"
)
GET_OCR = (
    "Install Tesseract (Debian, Ubuntu: sudo apt install tesseract-ocr), "
    "or run pip install -e '.[ocr]' in Footnote's folder"
)
COLLECTIONS_USAGE = (
    "“list” takes no name, “create” and “delete” take one, “rename” the old and the new one, “move” a collection and "
    "documents, “release” documents: python app.py collections "
    "[list | create NAME | rename OLD NEW | delete NAME | move NAME DOCUMENT… | release DOCUMENT…]"
)
ANSWER_STOPPED = "The answer was stopped. What had been written is kept."
CLOSING = "Closing; files that are still to be read are read at the next start. Ctrl+C once more leaves at once."
LEFT_AT_ONCE = "Left at once. Everything that was finished is kept."
STOPPED = "Stopped. Everything that was finished is kept."
LOCKED = "This file is protected with a password. Type it to have the file read; it is not written down anywhere."
LOCKED_PAGE = (
    "This document is protected with a password, which is forgotten when Footnote ends. "
    "Type it to see the page as it looks; its words are below."
)
WRONG_PASSWORD = "That password does not open this file. Try again."  # noqa: S105  (a sentence)
SHOWN_FIRST = "This is the folder whose path you typed. Press Add again to have its files read."
SAME_NAME = "The library has another document of this name. Replace it, or keep both?"
UNEXPECTED = "Something unexpected went wrong. Nothing of yours is lost; please try again."


_CHOOSE_ANOTHER = "Choose another under Models, or with --model."
_SENTENCES: dict[type[FootnoteError | ImportError], str] = {
    ImportError: "A part that Footnote needs is missing or broken ({e}). Start it with the Python of its own folder, "
    f".venv/bin/python (Windows: .venv\\Scripts\\python). If that does not help: {INSTALL_AGAIN}",
    errors.UnknownFormat: "This kind of file cannot be read yet. "
    "PDF, Word, PowerPoint, Excel, OpenDocument, RTF, web pages, books, e-mails, notebooks, text, pictures, "
    "tables and data (CSV, JSON, XML) can.",
    errors.OldFormat: "This file is in an old format that cannot be read. "
    "Open it in the program that made it, {e.detail} and add that.",
    errors.UnknownEncoding: "The letters of this file cannot be made out: it is text in a way of writing that is not "
    "known here. Open it in the program that made it, save it as UTF-8 text and add that.",
    errors.PasswordNeeded: "This file is protected with a password. Add it on the page, which asks for the password, "
    "or save a copy without one and add that.",
    errors.EncryptedForOthers: "This file is encrypted, and only the program it was made for can open it. "
    "If that program can save a copy without protection, add the copy.",
    errors.NothingToRead: "No text was found in this file, nor on pictures of its pages if it holds any. "
    "If there should be some, open it in the program that made it and see; a sharper scan may help.",
    errors.PicturesOnly: "This file holds only pictures, and nothing on this computer can read the text on them yet. "
    f"{GET_OCR}; then add it again.",
    errors.EmptyFile: "This file is empty: there is nothing in it at all. If it should hold something, "
    "copy or download it again and add that.",
    errors.FileTooLarge: "This file is too large to be read safely ({e.detail}). Split it and add the parts.",
    errors.FileUnreachable: "This file cannot be opened ({e.detail}). Check where it lies and whether you may read it.",
    errors.OriginalMissing: "Footnote's own copy of this file is gone. Add the file again.",
    errors.ReaderDied: "Reading this file failed or took too long. Save it again, or as another format, and add that.",
    errors.ReadError: "This file is damaged or is not what its name says. "
    "Open it in its own program, save it again and add that.",
    errors.FolderMissing: "There is no folder at {e.path}. Check how it is written, or go to it from folder to folder.",
    errors.FolderClosed: "The folder {e.path} cannot be opened ({e.detail}). Check whether you may read it.",
    errors.FolderOfLibrary: "Footnote keeps the library itself in {e.path}. Choose a folder of your own documents.",
    errors.FolderTooWide: "{e.path} holds this whole computer, with its programs. "
    "Choose a folder of your own documents.",
    errors.FolderError: "The folder {e.path} cannot be used. Choose another.",
    errors.NotOnThisComputer: "Folders can only be added where this page cannot be reached from other computers. "
    "Start Footnote without --host, or use “python app.py add FOLDER”.",
    errors.BadSetting: "{e.name} cannot be “{e.value}”. Allowed: {e.allowed}.",
    errors.BadQuestions: "{e.file} cannot be used as a file of questions ({e.where}{e.detail}). "
    'Each line should look like {{"id": 1, "question": "…"}}.',
    errors.NoneInCollection: "The collection “{e.name}” holds none of the documents that were to be searched. "
    "Move some into it, or ask without it.",
    errors.EncoderError: "The language-understanding model that comes with Footnote cannot be used ({e}). "
    "Install Footnote again.",
    errors.EmbeddingModelUnavailable: "The embedding model {e.name} is not on this computer or cannot be used, "
    "so the one before it or the built-in one finds passages. To fetch it, once and online: "
    "python app.py models pull {e.name}; or let FOOTNOTE_EMBEDDING name a folder that holds it.",
    errors.TeamModelMissing: "Passages of the library {e.place} are found by the embedding model {e.name}, which is "
    "not on this computer, so no document can be added from here; searching and asking go on without it. To fetch it, "
    "once and online: python app.py models pull {e.name}; or let FOOTNOTE_EMBEDDING name a folder that holds it.",
    errors.CrossEncoderUnavailable: "The cross-encoder {e.name} is not on this computer or is damaged, "
    "so the built-in reranker was used. “python app.py check” says how to get one.",
    errors.CrossEncoderFetchFailed: "The model {e.name} could not be fetched ({e.detail}). "
    "Check its name and that this computer is online; Footnote works without it.",
    errors.ServerAbsent: "Ollama is not running, so no written answer is possible. Start Ollama, then try again.",
    errors.ServerSilent: "Ollama did not finish what it was asked; it may be starting or have too much to do. "
    "Try again in a moment.",
    errors.NotOllama: "Something answers at {e.server}, but not as Ollama does; it may be a proxy or another program. "
    "Check the address (FOOTNOTE_SERVER).",
    errors.ModelAbsent: "The model “{e.model}” is not installed in Ollama. "
    "Install it under Models, or with “python app.py models pull {e.model}”; or choose another.",
    errors.NoModels: "Ollama is running but has no language model yet. "
    "Install one under Models, or with “python app.py models pull granite4.1:3b”.",
    errors.ModelNotLocal: "The model “{e.model}” would send your documents to another computer, so it is not used. "
    f"{_CHOOSE_ANOTHER}",
    errors.ModelCannotChat: f"The model “{{e.model}}” cannot write answers. {_CHOOSE_ANOTHER}",
    errors.PromptTooLong: "The passages did not fit what the language model can read at once. "
    "Choose fewer documents or a larger window (FOOTNOTE_NUM_CTX) and try again.",
    errors.ServerBusy: "Ollama is busy with other work. Try again in a moment.",
    errors.ModelCrashed: "The model “{e.model}” could not run, perhaps for lack of memory (Ollama says: {e.detail}). "
    "Choose a smaller one under Models, or with --model.",
    errors.AnswerNotBegun: "The model “{e.model}” did not begin to answer. Try again, or choose a smaller model.",
    errors.AnswerBroke: "The language model stopped in the middle of its answer. "
    "What it had written is kept; try again.",
    errors.EmptyAnswer: "The model “{e.model}” ended without an answer; "
    "it may have used up its length in thinking. Try again, or try another model.",
    errors.PullFailed: "The model “{e.model}” could not be installed (Ollama says: {e.detail}). "
    "Check the name and that this computer is online.",
    errors.NoSpaceForModel: "There is not enough space on the disk for the model “{e.model}”. "
    "Free some space and try again; what has arrived is kept.",
    errors.OllamaTooOld: "The model “{e.model}” needs a newer Ollama than the one that is running. "
    "Update Ollama and try again.",
    errors.ModelError: "The language model could not answer ({e.detail}). Try again.",
    storage_errors.DocumentNotFound: "{e.called} is not in the library. "
    "Look for its name in the list of documents, or add it again.",
    storage_errors.AmbiguousName: "{e.count} documents are called “{e.asked}”. Say which by its id: {e.listed}.",
    storage_errors.PageNotFound: "“{e.name}” has no page {e.number}; the last one is {e.last}. "
    "Choose a number up to that.",
    storage_errors.ConversationNotFound: "This conversation has been deleted. Choose another, or begin a new one.",
    storage_errors.TurnNotFound: "This question was deleted with its conversation. Ask it again in another one.",
    storage_errors.CollectionNotFound: "{e.called} is not among the collections. "
    "It may have been renamed or deleted; choose another.",
    storage_errors.CollectionNameTaken: "There is a collection “{e.name}” already. Choose another name.",
    storage_errors.CollectionNameUnfit: "A collection needs a name of 1 to {e.longest} characters. "
    "Choose a short one that can be seen.",
    storage_errors.FolderNotListed: "This folder was taken off the list meanwhile. Add it again if it is needed.",
    storage_errors.LibraryLocked: "{e.holder} has been changing this library for {e.seconds:.0f} seconds. "
    "Try again when it is done.",
    storage_errors.LibraryTooNew: "The library in {e.folder} was made by a newer Footnote. Update Footnote to open it.",
    storage_errors.OtherModel: "The library in {e.folder} was made with another language-understanding model. "
    "Run “python app.py rebuild” to read its documents again with this one.",
    storage_errors.VectorsReplaced: "The library has just gone over to another embedding model. Try again.",
    storage_errors.FolderUnusable: "The folder {e.folder} cannot be used ({e.reason}). Choose another with --data.",
    storage_errors.BucketPartMissing: "The library {e.url} is in a bucket, and the part that opens those is missing. "
    "Install it with .venv/bin/pip install -e '.[team]'.",
    storage_errors.BucketMissing: "There is no bucket for {e.url}. Make it, or correct the address.",
    storage_errors.BucketForbidden: "The library {e.url} does not let you do this. "
    "Check the credentials in the environment, and what they allow.",
    storage_errors.BucketCareless: "The store of {e.url} cannot keep two people who write apart. "
    "Choose another, or a newer version of it.",
    storage_errors.BucketElsewhere: "The bucket of {e.url} is in another region. Name its region in AWS_REGION.",
    storage_errors.BucketUnreachable: "The library {e.url} cannot be reached. "
    "Check the connection and the address, then try again.",
    storage_errors.BucketUnusable: "The library {e.url} cannot be used now. Try again later.",
    storage_errors.TurnLost: "The library {e.url} was out of reach while it was being changed, and the change was not "
    "made. Try again.",
}

_MOST_NAMED = 8
"""Pages, or runs of pages, that a sentence names."""
_SAID_BY_THE_ENDING = frozenset({Caveat.NO_MODEL, Caveat.STREAM_BROKE})
"""An answer that ended for one of these reasons says why in its first sentence."""


def sentence_for(error: FootnoteError | ImportError) -> str:
    """Return what happened and what to do next; a kind of error without a sentence of its own has its parent's."""
    if isinstance(error, errors.UnknownFormat) and (known := sentence_for_kind(error.detail)):
        return known
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return _SENTENCES[kind].format(e=error)
    return UNEXPECTED


def sentence_for_quotes(answer: Answer) -> str:
    """What the quotes leave open where they are the answer: all of it, or parts of the question; empty for nothing."""
    if answer.outcome is not Outcome.QUOTED:
        return ""
    if answer.quick_answer is None:
        return NO_SENTENCE
    parts = " and ".join(f"“{part[: aside_of(part)].strip()}”" for part in answer.parts_without_quote)
    return _NO_SENTENCE_FOR.format(parts) if parts else ""


def sentence_for_known(document: Document, name: str) -> str:
    """What is said of a file called ``name`` that holds what a document of the library does."""
    return ALREADY_THERE if document.name == name else _THERE_AS.format(document.name)


def sentence_for_outcome(answer: Answer) -> str:
    """Return the line that stands with an answer because of how it ended; empty where it simply was answered."""
    if answer.problem:
        return answer.problem
    return {
        Outcome.ANSWERED: "",
        Outcome.QUOTED: "No language model is set up, so your documents answer in their own words.",
        Outcome.ABSTAINED: NOT_IN_DOCUMENTS,
        Outcome.CUT_OFF: "The answer reached its length limit and ends early. "
        "Ask for less at once, or allow longer answers (FOOTNOTE_NUM_PREDICT).",
        Outcome.INTERRUPTED: ANSWER_STOPPED,
        Outcome.FAILED: UNEXPECTED,
    }[answer.outcome]


def unsaid(answer: Answer) -> tuple[Caveat, ...]:
    """Return the caveats of an answer that the sentence on how it ended has not said already."""
    said = _SAID_BY_THE_ENDING if sentence_for_outcome(answer) else frozenset()
    return tuple(caveat for caveat in answer.warnings if caveat not in said)


def sentence_for_warning(warning: Caveat, answer: Answer) -> str:
    """Return what a person should know about an answer that was given all the same."""
    return {
        Caveat.PROMPT_CUT: "The language model did not see everything it was sent; check this answer with care.",
        Caveat.PASSAGES_LEFT_OUT: "Some passages or earlier questions were left out, "
        "to fit what the language model can read at once.",
        Caveat.INVENTED_MARKERS: "The language model pointed to passages that do not exist; "
        "those pointers were dropped.",
        Caveat.NO_CROSS_ENCODER: "Thorough mode works best with a cross-encoder, and none that can be used is on this "
        "computer, so the built-in reranker weighed the passages. “python app.py check” says how to fetch one; "
        "FOOTNOTE_CROSS_ENCODER can name a folder that holds one.",
        Caveat.STILL_READING: f"Answered from {answer.searched} of {answer.in_library} documents; "
        f"{answer.being_read} {'is' if answer.being_read == 1 else 'are'} still being read.",
        Caveat.NO_MODEL: "Written answers need Ollama and a model; until then you get quotes.",
        Caveat.STREAM_BROKE: "The language model stopped in the middle of its answer.",
    }[warning]


def sentence_for_fetched(name: str, role: Role) -> str:
    """Return which setting makes use of a model that has been fetched."""
    use = "passages are found by it" if role is Role.EMBEDDING else "thorough mode weighs passages with it"
    return f"Set FOOTNOTE_{role.upper()} to {name}, and {use}."


def sentence_for_left_out(reason: LeftOut) -> str:
    """Return why a passage was not used, in a few words."""
    return {
        LeftOut.DUPLICATE: "says nearly the same as a better one",
        LeftOut.NO_ROOM: "did not fit what the language model reads at once",
        LeftOut.BELOW_LIMIT: "others were chosen before it",
        LeftOut.MERGED: "is read together with a better one of its section",
    }[reason]


def sentence_for_strength(strength: Strength) -> str:
    """Return the plain word beside a passage, with its meaning."""
    return {
        Strength.STRONG: "strong: very likely answers the question",
        Strength.FAIR: "fair: may help to answer it",
        Strength.WEAK: "weak: probably about something else",
    }[strength]


def sentence_for_waiting(count: int) -> str:
    """Return what to do about documents whose rebuilding was cut short."""
    documents = "1 document waits" if count == 1 else f"{count} documents wait"
    return f"{documents} to be read again and cannot be searched yet. Run “python app.py rebuild”."


def sentence_for_reencoded(model: str, done: int, total: int) -> str:
    """Return how far a library is on its way to another embedding model."""
    return f"Encoding passages for {model or 'the built-in embedding model'}: {done} of {total}"


def sentence_for_upgrade(upgrading: Upgrading) -> str:
    """Return how far a library of an earlier version is; empty where that is over."""
    if upgrading.over:
        return ""
    who = "Waiting for another Footnote, which is" if upgrading.by_another else "A newer Footnote is"
    return f"{who} bringing the library up to date: {upgrading.done:,} of {upgrading.total:,} passages"


def sentence_for_unread(pages: Sequence[int]) -> str:
    """Return which pages of a document are pictures that were not read, and what to do; empty where none are."""
    if not pages:
        return ""
    are, it = ("Page {} is a picture", "it") if len(pages) == 1 else ("Pages {} are pictures", "them")
    what = f"{are.format(_listed(pages))}, and the text on {it} was not read"
    return f"{what}. {GET_OCR}; then remove the document here and add it again."


def _listed(pages: Sequence[int]) -> str:
    """Return "3–7, 9 and 12"; many apart are not all named."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    named = [f"{first}–{last}" if first < last else str(first) for first, last in runs]
    if len(named) > _MOST_NAMED:
        return f"{', '.join(named[:_MOST_NAMED])} and others"
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def sentence_for_removed(name: str, freed: int) -> str:
    """Return what is said when a document has been removed."""
    return f"{name}: removed, {megabytes(freed)} freed."


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
