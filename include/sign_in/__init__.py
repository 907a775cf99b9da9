"""How people sign in where Airflow's FAB auth manager runs: one of these files is its configuration (`[fab] config_file`)."""
