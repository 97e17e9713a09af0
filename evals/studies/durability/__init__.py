"""Is anything lost when the program is killed, contended for or starved, and how fast are articles taken in?"""
