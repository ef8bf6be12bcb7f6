"""Reading, finding and answering: everything between a file or a question and what the person sees."""
