"""Coverage-guided fuzzing of what reads the API's answers; run by hand, what it finds becomes a test."""
