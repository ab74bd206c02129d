"""The dashboard: pages in Streamlit, which read the same functions as the API."""
