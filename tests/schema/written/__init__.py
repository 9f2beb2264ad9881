"""What rows and triggers of each product promise, written down and tried on the server.

One page a product, `<product>.rules.txt`, read and reviewed as a text; `python -m tests.schema.written` writes it anew.
"""
