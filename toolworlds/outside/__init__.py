"""What comes from elsewhere, brought into this project's form: files, schemas, tools, rows.

What cannot be mended is left out alone and listed; what is named otherwise is listed with the name it had.
"""
