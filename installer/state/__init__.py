"""What is installed, what is wanted, and what a plan is made from; the record, the journal and the backups
on the target. Pure but for reading these.
"""
