"""What a reader names, on the way in: files and folders, watched folders, pages and feeds of the web."""
