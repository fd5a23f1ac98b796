"""Ordeals: the lab's verdicts, and what it leaves behind, when it is killed, starved or misled in the middle of a run.

A trial is one disturbed compare, followed by the sweep with which every compare begins.  Its verdicts are compared with
those of an undisturbed run of the same clients, one of which is wrong.  After the trials comes the next start: one more
compare, which must be right.
"""
