"""One module a page; each is a function `show` that Streamlit calls."""
