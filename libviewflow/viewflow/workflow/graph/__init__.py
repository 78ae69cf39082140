"""The graph of a flow: nodes, edges, tokens. No database and no HTTP below this package."""
