"""The planted application, repaired, beside the addresses of the product."""

from attendance_site.urls import urlpatterns as product
from tests.sweep.planted.views import addresses, own

urlpatterns = [*addresses(own), *product]
