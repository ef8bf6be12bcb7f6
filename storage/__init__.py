"""What is remembered: documents, chunks and conversations, on one computer, in one folder."""
