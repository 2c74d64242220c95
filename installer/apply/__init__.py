"""Changing a target: the plan, its steps, the executor under the lock, detached jobs, and the wait for Dify
to answer.
"""
