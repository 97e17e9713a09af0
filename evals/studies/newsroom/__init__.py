"""Pages and articles as newsrooms make them: are copies known for copies, and is what a page states read right?"""
