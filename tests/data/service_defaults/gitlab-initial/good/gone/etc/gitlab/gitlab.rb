# Own words.
