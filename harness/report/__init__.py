"""Reports: each is a function of a run's folder."""
