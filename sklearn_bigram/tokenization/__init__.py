"""Names to token ids and back.

Names come in in any container: a list, an array, a Series, an Arrow or polars column; or already
as a table of token ids. `resolve` tells which. A `NameCoder` turns names into codes, which needs
no fitting. A `Vocabulary` turns codes into token ids and token ids into names. A `TokenStream`
goes out: one flat array of ids for many names, with the boundary between them. `NameTokenizer` is
the public transformer around these parts.
"""
