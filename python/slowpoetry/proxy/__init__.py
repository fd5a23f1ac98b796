"""The poetry proxy: fetches a poem from the server behind it and keeps it (seed part 19)."""
