"""Close an account so that nothing of it can be opened or found again, and prove it with a receipt."""
