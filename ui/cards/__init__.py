"""Cards that the wizard and the control panel share."""
