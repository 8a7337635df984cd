"""What people say of responses."""
