"""One module a family of formats: from bytes to pieces of text."""
