"""Where samples come from: files, inline rows, the Hub, a local mirror."""
