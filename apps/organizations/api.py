"""The API of the organization itself and of its sites."""

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.organizations import selectors
from apps.organizations.api_base import ApiViewSet, ListViewSet, StrictModel
from apps.organizations.api_door import ANY, Scopes
from apps.organizations.models import Organization, Site


class OrganizationSerializer(StrictModel):
    class Meta:
        model = Organization
        fields = ["id", "name", "slug"]
        read_only_fields = fields


class OrganizationViewSet(ApiViewSet):
    """Where a credential belongs: what a program asks first to see that its secret works."""

    scopes: ClassVar[Scopes] = {"retrieve": ANY}
    serializer_class = OrganizationSerializer

    def retrieve(self, request: Request) -> Response:
        return Response(self.get_serializer(self.organization).data)


class SiteSerializer(StrictModel):
    class Meta:
        model = Site
        fields = ["id", "name", "time_zone", "direction_policy"]
        read_only_fields = fields


class SiteViewSet(ListViewSet):
    """Sites: people and punches name them, so every scope may read them."""

    scopes: ClassVar[Scopes] = {"list": ANY, "retrieve": ANY}
    serializer_class = SiteSerializer

    def rows(self) -> "QuerySet[Site]":
        return selectors.sites_of(self.organization)
