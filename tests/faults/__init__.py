"""Every fault the pipeline must outlive, injected for real; after each one all invariants are asked of the database."""
