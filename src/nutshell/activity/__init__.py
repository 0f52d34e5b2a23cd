"""What was unusual in a week: read from the audit trail, told to the security officer, and looked at by somebody."""
