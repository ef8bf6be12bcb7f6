"""Scripts that fit what ``assets/`` holds, or a cross-encoder on your own pairs; nothing here runs in the program."""
