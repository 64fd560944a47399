"""Names, token ids, files and streams to counts of bigrams.

Anything that holds names comes in: codes, streams of token ids, text files, pipes, compressed
files, Dask collections. A matrix N of shape (n_symbols, n_symbols) goes out, in `BigramCounts` if
the symbols are those of names. Counts of parts add up to the counts of the whole, so parts can be
counted anywhere.
"""
