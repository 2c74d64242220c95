"""Checks: findings, repairs, decisions."""
