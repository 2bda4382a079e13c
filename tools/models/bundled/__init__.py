"""The bundled tier: small experts that run anywhere, with weights from the package registry."""
