"""What the app is made with."""

DEBUG = False
VERSION = "1.26.0"
PYTHON_VERSION = "3.12.4"
