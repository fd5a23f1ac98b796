"""A loop that is paused and resumed from outside, and keeps its state.

Its driver may do anything between two steps, as a reactor does.
"""

from collections.abc import Iterator


def collect(chunks: list[str]) -> Iterator[str]:
    """Yield the poem so far, chunk by chunk, with a pause in each round."""
    poem = ""
    for chunk in chunks:
        poem += chunk
        print(f"  loop: pauses with {poem!r}")
        yield poem
        print(f"  loop: resumes with {poem!r}")
    print("  loop: ends")


def main() -> None:
    """Drive the loop by hand, step by step, to its end."""
    loop = collect(["slow ", "poetry ", "lab"])
    steps = 0
    while True:
        try:
            poem = next(loop)
        except StopIteration:
            break
        steps += 1
        print(f"driver: step {steps} gave {len(poem)} characters")
    print(f"driver: the loop has ended after {steps} steps")


if __name__ == "__main__":
    main()
