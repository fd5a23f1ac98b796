"""The page on which a room watches a demo and answers its questions, and the program that serves it."""
