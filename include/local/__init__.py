"""The embedded default: PostgreSQL, the sandbox and Airflow, started and stopped by one command."""
