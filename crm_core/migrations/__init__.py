"""The schema's steps, each of which runs both ways. `crm_core.storage.migrate` runs them."""
