"""Scripts that fit what ``assets/`` holds; nothing here runs in the program."""
