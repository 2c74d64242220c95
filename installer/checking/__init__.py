"""The judges: what each finding is made from, one module per subject. Pure; ``installer.checks`` puts them together."""
