"""The judges, one module for each subject, and the rows that show what they found. Pure.

``installer.preflight.findings`` puts the judges together, ``installer.preflight.check_list`` the rows.
"""
