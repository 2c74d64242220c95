"""What Dify ships: the list of releases, their archives, and what a release's own files say."""
