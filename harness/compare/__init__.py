"""The main job, `./lab compare`: what was asked for, and every cell of it run and judged."""
