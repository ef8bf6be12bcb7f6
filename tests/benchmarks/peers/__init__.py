"""Other projects' retrieval with its own defaults, over the same texts, questions and embedding model, for comparison.

Each peer has a module here that is nothing but the few lines its documentation shows. What it is given and what becomes
of what it finds stands in ``tests/benchmarks/peers/seam.py``.
"""
