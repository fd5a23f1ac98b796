"""The site: the documents, the lessons, the code of all languages side by side, and the recorded runs, as static pages.

Each module makes one kind of page and is a pure function of files and recorded runs; `build` puts the pages together,
and `mkdocs` alone knows the program that turns them into a site.
"""
