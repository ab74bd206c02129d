"""The receipt on paper: `render` prints the signed document; what the JSON says rules, the pages are a rendition."""
