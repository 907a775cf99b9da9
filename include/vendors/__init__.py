"""What all paid APIs have in common, whoever sells them: requests, tries, errors, and how bodies and keys are handled."""
