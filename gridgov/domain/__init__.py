"""What the words mean: rules in plain Python, knowing nothing of files, databases or the web."""
