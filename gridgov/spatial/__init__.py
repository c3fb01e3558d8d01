"""Places and distances: arrays and geometry in, arrays and geometry out."""
