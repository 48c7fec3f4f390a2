"""Pictures in, answers out: `POST /read`."""
