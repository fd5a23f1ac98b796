"""A student's client: `./lab check` tries it and explains what is wrong; `./lab new-client` makes one to begin with."""
