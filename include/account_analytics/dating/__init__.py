"""When the rows of exports happened: the years of labels without one, and labels that are a day off, solved per account."""
