"""The reconciliation's part of the admin."""
