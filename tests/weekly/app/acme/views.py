"""What the app shows."""


def front() -> str:
    return "Hello from Acme"
