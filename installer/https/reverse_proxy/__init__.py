"""A web server that is there already and stands in front of Dify (``tls.mode`` = proxy)."""
