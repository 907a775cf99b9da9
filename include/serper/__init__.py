"""Serper, which sells what Google finds, and nothing but it: what may be asked, how, and what an answer means."""
