"""The planted application, leaky, beside the addresses of the product."""

from attendance_site.urls import urlpatterns as product
from tests.sweep.planted.views import addresses, everybodys

urlpatterns = [*addresses(everybodys), *product]
