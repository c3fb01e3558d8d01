"""What a person does: one module per job, a Session first, never a commit."""
