"""Checks of the lab: its machine (`doctor`), noise (`--self-check`), speed (`bench`), robustness (`ordeal`)."""
