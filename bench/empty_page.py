"""What Streamlit itself costs on this machine: a page with one line, served as Streamlit serves it."""

import streamlit as st

st.html("<p id='loaded'>loaded</p>")
