"""Pure parsers of the probe's answer."""
