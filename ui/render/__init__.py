"""Pure functions from domain values to HTML, one module for each part of the page.

Everything is built with ``markupsafe``: a template is a literal ``Markup``, and whatever is put into it is escaped
unless it is ``Markup`` itself. So words that a person or a document wrote cannot become elements.
"""
