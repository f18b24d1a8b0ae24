"""What takes longer than a page may: started by a page, done by the worker, watched by its owner."""
