"""What a notebook, a service or a scheduler calls: the same evaluation as pytest's and the command line's."""
