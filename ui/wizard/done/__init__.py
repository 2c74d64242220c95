"""Done: Dify answers, and what to do next."""
