"""Names of the files that this program adds to a release in an installation's folder."""

OVERRIDE_FILE = "docker-compose.override.yaml"
PINS_FILE = "docker-compose.pins.yaml"
#: Where nginx finds them, in the release's ``nginx/ssl``. Ours have names of their own: only they are read
#: back from a target, never a person's own key.
CERTIFICATE_FOLDER = "nginx/ssl"
OWN = ("dify.crt", "dify.key")
SELF_SIGNED = ("self-signed.crt", "self-signed.key")
