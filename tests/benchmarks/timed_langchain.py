"""LangChain's default pipeline as one timed process, for comparison: the parts and settings that its tutorials show.

    python -m tests.benchmarks.timed_langchain ingest FOLDER FILE...
    python -m tests.benchmarks.timed_langchain fill FOLDER TEXTS.json FILE...
    python -m tests.benchmarks.timed_langchain ask FOLDER QUESTIONS.json

PyPDFLoader, RecursiveCharacterTextSplitter 1000/100, the same MiniLM through sentence-transformers, LanceDB, dense
top-10. ``fill`` adds texts to what the files give. Like ``timed_footnote`` otherwise; nothing of the program runs but
the look-up of the weights. That some of these parts are deprecated, they say on stderr; they are what "default" means.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_community.document_loaders import PyPDFLoader
from langchain_community.embeddings import HuggingFaceEmbeddings
from langchain_community.vectorstores import LanceDB
from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.tokens import model_folder
from tests.benchmarks.memory import peak_megabytes

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
    if what == "ask":
        said = _ask(LanceDB(uri=folder, embedding=embeddings), Path(rest[0]))
    else:
        texts = json.loads(Path(rest.pop(0)).read_text(encoding="utf-8")) if what == "fill" else []
        said = _ingest(embeddings, folder, texts, rest)
    sys.stdout.write(json.dumps(said | {"megabytes": peak_megabytes()}) + "\n")
    return 0


def _ingest(
    embeddings: HuggingFaceEmbeddings, folder: str, texts: Sequence[str], files: Sequence[str]
) -> dict[str, Any]:
    started = time.perf_counter()
    pages = [page for file in files for page in PyPDFLoader(file).load()]
    pages += [Document(text) for text in texts]
    splits = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=100).split_documents(pages)
    # The table takes its columns from the metadata, of which every file has others.
    named = [Document(split.page_content, metadata=_place(split)) for split in splits]
    LanceDB.from_documents(named, embeddings, uri=folder)
    return {"seconds": time.perf_counter() - started, "chunks": len(splits)}


def _place(split: Document) -> dict[str, Any]:
    return {"file": Path(split.metadata.get("source", "")).name, "page": split.metadata.get("page", 0) + 1}


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
