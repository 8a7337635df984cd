"""Any number of Subjects of one Task: every pair's paired test, ranks with their ranges, and ties."""
