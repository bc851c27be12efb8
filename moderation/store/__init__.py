"""Everything that Redis knows: keys, scripts, and one typed function a state change."""
