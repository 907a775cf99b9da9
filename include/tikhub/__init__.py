"""The remote API and nothing but it: what may be asked, how it is asked, and what an answer means."""
