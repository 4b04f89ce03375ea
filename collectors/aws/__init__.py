"""What AWS tells of an account: one module a service, the facts and their collectors side by side."""
