"""The roster as the merge shall see it: time applied."""
