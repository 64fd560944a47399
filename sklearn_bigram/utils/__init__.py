"""What every folder uses: input validation, warnings, files, and tools for CSR arrays.

Nothing here knows of names or bigrams. Values come in, checked or converted values go out.
"""
