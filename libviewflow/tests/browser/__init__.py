"""All pages of the product in a real browser: how they look, what they cost, how they are used."""
