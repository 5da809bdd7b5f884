"""What writes the generated pages of the documentation: one module a page, from what the page describes."""
