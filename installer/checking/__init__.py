"""The judges, one module for each subject, and the rows that show what they found. Pure.

``installer.checks`` puts the judges together, ``installer.check_list`` the rows.
"""
