"""The main job, `./lab compare`: the selection of clients and scenarios, and the run and verdict of every cell."""
