"""Ordeals: what the lab says, and what it leaves behind, when it is killed, starved or misled in the middle of a run.

A trial is one compare that is disturbed, and then the sweep that every start begins with.  Its verdicts are held
against those of an undisturbed run of the same clients, one of which is a wrong one.  After the trials there is the
next start: one more compare, which must be right.
"""
