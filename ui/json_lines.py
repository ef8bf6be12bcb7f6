"""The command line's contract with other programs: which keys stand in the JSON objects that ``--json`` prints.

Pure functions from values to plain dictionaries. The names and keys are relied on elsewhere and documented in the
README; nothing here decides what happens or prints anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.events import FileFailed, FileFinished, FileSkipped, IngestFinished
from rag.planning.plan import Plan
from rag.sentences import sentence_for_outcome, sentence_for_quotes, sentence_for_warning, unsaid

if TYPE_CHECKING:
    from rag.events import IngestEvent
    from rag.evidence import Answer, Evidence, QuickAnswer, Scores
    from rag.ollama import InstalledModel
    from rag.planning.plan import Filter
    from storage.records import Citation, Collection, Document, Page

__all__ = [
    "answer_row",
    "collection_change_row",
    "collection_row",
    "document_row",
    "file_row",
    "model_row",
    "moved_row",
    "page_row",
    "remarks",
    "removed_row",
    "search_row",
    "status_of",
    "summary_row",
]

Row = dict[str, Any]


def file_row(event: FileFinished | FileSkipped | FileFailed) -> Row:
    """What became of one file of ``add``."""
    document = event.document if isinstance(event, FileFinished) else None
    return {
        "file": event.file,
        "status": status_of(event),
        "reason": event.reason,
        "document": document.name if document else None,
        "document_id": document.id if document else None,
        "pages": document.pages if document else None,
        "chunks": document.chunks if document else 0,
        "seconds": round(event.seconds, 3),
    }


def status_of(event: IngestEvent) -> str:
    """What became of a file; empty while nothing has."""
    match event:
        case FileFinished(status=status):
            return status
        case FileSkipped():
            return "skipped"
        case FileFailed():
            return "failed"
        case _:
            return ""


def summary_row(event: IngestFinished) -> Row:
    """The last line of ``add``."""
    return {
        "summary": {
            "added": event.added,
            "replaced": event.replaced,
            "unchanged": event.unchanged,
            "skipped": event.skipped,
            "failed": event.failed,
            "seconds": round(event.seconds, 3),
        }
    }


def search_row(question_id: object, answer: Answer) -> Row:
    """What ``search`` found for one question."""
    seconds, plan = answer.seconds, answer.plan or Plan.plain(answer.searched_for)
    return {
        "id": question_id,
        "question": answer.question,
        "searched_for": [each.text for each in plan.searches],
        "filters": [_filter(each) for each in plan.filters],
        "hits": [_hit(rank, each) for rank, each in enumerate(answer.evidence, start=1)],
        "answerable": answer.answerable,
        "seconds": {
            "encode": round(seconds.encode, 4),
            "search": round(seconds.search, 4),
            "rerank": round(seconds.rerank, 4),
            "total": round(seconds.total, 4),
        },
    }


def answer_row(question_id: object, answer: Answer) -> Row:
    """What ``ask`` came to for one question: the keys of ``search`` and those of the answer."""
    return search_row(question_id, answer) | {
        "outcome": str(answer.outcome),
        "answer": answer.text,
        "quick_answer": _quick_answer(answer.quick_answer),
        "more_quotes": [_quick_answer(each) for each in answer.more_quotes],
        "citations": [_citation(each) for each in answer.citations],
        "model": answer.model,
        "warnings": remarks(answer),
    }


def remarks(answer: Answer) -> list[str]:
    """Return the sentences that stand with an answer: how it ended, then each warning that has not been said so."""
    ending = f"{sentence_for_quotes(answer)} {sentence_for_outcome(answer)}".strip()
    return [ending] * bool(ending) + [sentence_for_warning(caveat, answer) for caveat in unsaid(answer)]


def _filter(narrowing: Filter) -> Row:
    return {"kind": str(narrowing.kind), "text": narrowing.text, "held": narrowing.held}


def _hit(rank: int, evidence: Evidence) -> Row:
    chunk = evidence.chunk
    return {
        "rank": rank,
        "document": evidence.document.name,
        "document_id": evidence.document.id,
        "page": chunk.page,
        "place": chunk.place,
        "heading": chunk.heading,
        "text": chunk.text,
        "char_start": chunk.char_start,
        "char_end": chunk.char_end,
        "found_for": evidence.found_for or None,
        "scores": _scores(evidence.scores),
    }


def _scores(scores: Scores) -> dict[str, float]:
    stages = {
        "dense": scores.dense,
        "keyword": scores.keyword,
        "fused": scores.fused,
        "rerank": scores.rerank,
        "merged": scores.merged,
    }
    return {name: stage.value for name, stage in stages.items() if stage is not None}


def _quick_answer(quick: QuickAnswer | None) -> Row | None:
    if quick is None:
        return None
    return {
        "text": quick.text,
        "document": quick.document,
        "document_id": quick.document_id,
        "page": quick.page,
        "char_start": quick.char_start,
        "char_end": quick.char_end,
        "score": quick.score,
        "found_for": quick.found_for or None,
    }


def _citation(citation: Citation) -> Row:
    return {
        "marker": citation.marker,
        "document": citation.document,
        "document_id": citation.document_id,
        "page": citation.page,
        "quote": citation.quote,
        "char_start": citation.char_start,
        "char_end": citation.char_end,
    }


def document_row(document: Document, collection: str | None) -> Row:
    """One line of ``list``; ``collection`` is the name of the one it is in."""
    return {
        "document": document.name,
        "document_id": document.id,
        "title": document.title,
        "pages": document.pages,
        "chunks": document.chunks,
        "bytes": document.size,
        "added_at": document.added_at,
        "path": document.source,
        "collection": collection,
    }


def page_row(document: Document, page: Page) -> Row:
    """One page of ``show``; its ``text`` is what ``char_start`` and ``char_end`` count in."""
    return {
        "document": document.name,
        "document_id": document.id,
        "page": page.number if document.unit else None,
        "label": page.label,
        "text": page.text,
    }


def removed_row(document: Document, freed: int) -> Row:
    """One line of ``remove``."""
    return {"document": document.name, "document_id": document.id, "bytes_freed": freed}


def collection_row(collection: Collection, documents: int) -> Row:
    """One line of ``collections list``."""
    return {
        "collection": collection.name,
        "collection_id": collection.id,
        "documents": documents,
        "created_at": collection.created_at,
    }


def collection_change_row(collection: Collection, status: str) -> Row:
    """What ``collections create``, ``rename`` and ``delete`` did."""
    return {"collection": collection.name, "collection_id": collection.id, "status": status}


def moved_row(document: Document, collection: str | None) -> Row:
    """One line of ``collections move`` and ``release``: where the document is now."""
    return {"document": document.name, "document_id": document.id, "collection": collection}


def model_row(model: InstalledModel, *, chosen: bool) -> Row:
    """One line of ``models list``."""
    return {
        "model": model.name,
        "bytes": model.size,
        "parameters": model.parameter_size,
        "loaded": model.loaded,
        "chosen": chosen,
    }
