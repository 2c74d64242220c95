"""What happened, and the report for support: parts that the wizard's page and the control panel share."""
