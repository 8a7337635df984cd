"""Parts of an evaluation: the samples of one slice, and a scan over all slices that rows have."""
