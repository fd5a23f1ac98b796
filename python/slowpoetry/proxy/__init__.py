"""The poetry proxy: it fetches a poem from the server behind it and keeps the poem (seed part 19)."""
