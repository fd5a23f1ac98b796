"""Programs in containers: of what runs cells, the only package that knows Docker."""
