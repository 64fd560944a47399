"""What every folder uses: input validation, errors, warnings, files, and tools for CSR arrays.

Nothing here knows of names or bigrams, except the errors, which carry the facts that their
messages tell.
"""
