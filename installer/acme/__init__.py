"""HTTPS by ACME: what an authority is asked, in which order, and what its refusals mean."""
