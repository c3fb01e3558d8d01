"""Documents on paper: what the use cases tell, in words, typeset."""
