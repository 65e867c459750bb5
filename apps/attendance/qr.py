"""The QR picture; it stands in apps/organizations/qr.py."""

from apps.organizations.qr import QrPicture, picture_of

__all__ = ["QrPicture", "picture_of"]
