"""Benchmarks: run by hand, and offline like the program itself.

``python -m tests.benchmarks.retrieval`` says how good each stage's order is, ``python -m tests.benchmarks.speed`` how
fast the program is beside LangChain's default pipeline.
"""

import os

from app import go_offline, use_one_thread

# Before any library is imported, as in ``app.main``.
go_offline(os.environ)
use_one_thread(os.environ)
