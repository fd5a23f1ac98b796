"""The lab examined: the machine (`doctor`), its own noise (`--self-check`), speed (`bench`), robustness (`ordeal`)."""
