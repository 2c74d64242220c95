"""What images weigh: registries are asked on the target, whose network is what counts."""
