default_app_config = "acme.apps.AcmeConfig"

__version__ = "1.3.0"
