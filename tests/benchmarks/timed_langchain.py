"""LangChain's default pipeline as one timed process, for comparison: the parts and settings that its tutorials show.

    python -m tests.benchmarks.timed_langchain ingest FOLDER FILE...
    python -m tests.benchmarks.timed_langchain take FOLDER TEXTS.json VECTORS.npy
    python -m tests.benchmarks.timed_langchain ask FOLDER QUESTIONS.json

PyPDFLoader, RecursiveCharacterTextSplitter 1000/100, the same MiniLM through sentence-transformers, LanceDB, dense
top-10. ``take`` adds passages that are encoded already. Like ``timed_footnote`` otherwise; nothing of the program runs
but the look-up of the weights. Some of these parts say on stderr that they are deprecated; they are what "default"
means.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_community.document_loaders import PyPDFLoader
from langchain_community.embeddings import HuggingFaceEmbeddings
from langchain_community.vectorstores import LanceDB
from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.tokens import model_folder
from tests.benchmarks.costs import peak_megabytes, processor_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_TOP_K = 10
_WARMING = 5


def main(arguments: Sequence[str]) -> int:
    """Do one of the three and print how it was."""
    what, folder, *rest = arguments
    embeddings = HuggingFaceEmbeddings(model_name=str(model_folder()))
    embeddings.embed_query("warm")
    store = LanceDB(uri=folder, embedding=embeddings)
    before = processor_seconds()
    match what:
        case "ingest":
            said = _ingest(store, rest)
        case "take":
            said = _take(store, *map(Path, rest))
        case _:
            said = _ask(store, Path(rest[0]))
    said |= {"megabytes": peak_megabytes(), "processor": processor_seconds() - before}
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _ingest(store: LanceDB, files: Sequence[str]) -> dict[str, Any]:
    started = time.perf_counter()
    pages = [page for file in files for page in PyPDFLoader(file).load()]
    splits = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100).split_documents(pages)
    # The table takes its columns from the metadata, of which every file has others.
    store.add_documents([Document(split.page_content, metadata=_place(split)) for split in splits])
    return {"seconds": time.perf_counter() - started, "chunks": len(splits)}


def _take(store: LanceDB, texts: Path, vectors: Path) -> dict[str, Any]:
    """Add rows such as ``add_documents`` makes them."""
    rows = zip(json.loads(texts.read_text(encoding="utf-8")), np.load(vectors), strict=True)
    nowhere = {"file": "", "page": 0}
    store.get_table().add([
        {"vector": vector, "id": str(number), "text": text, "metadata": nowhere}
        for number, (text, vector) in enumerate(rows)
    ])  # fmt: skip
    return {"chunks": store.get_table().count_rows()}


def _place(split: Document) -> dict[str, Any]:
    return {"file": Path(split.metadata["source"]).name, "page": split.metadata["page"] + 1}


def _ask(store: LanceDB, questions: Path) -> dict[str, Any]:
    rows = json.loads(questions.read_text(encoding="utf-8"))
    for row in rows[:_WARMING]:
        store.similarity_search(row["question"], k=_TOP_K)
    seconds, pages = [], []
    for row in rows:
        started = time.perf_counter()
        found = _search(store, row["question"], row["file"])
        seconds.append(time.perf_counter() - started)
        pages.append([(split.metadata["file"], split.metadata["page"]) for split in found])
    return {"seconds": seconds, "pages": pages, "chunks": store.get_table().count_rows()}


def _search(store: LanceDB, question: str, file: str | None) -> list[Document]:
    """Dense top-10; inside one document the filter comes first, or hardly anything would be left of ten."""
    if file is None:
        return store.similarity_search(question, k=_TOP_K)
    return store.similarity_search(question, k=_TOP_K, filter=f"metadata.file = '{file}'", prefilter=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
