"""Programs in containers: the only package of the lab that knows Docker."""
