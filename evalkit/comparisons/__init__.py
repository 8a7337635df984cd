"""What two evaluations say of each other: pairs, differences, changes and their noise."""
