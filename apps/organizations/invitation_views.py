"""Pages on which owners invite, and on which the invited come in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.organizations import invitations, selectors
from apps.organizations.access import OrganizationRequest, Permission, SignedInRequest, gate
from apps.organizations.account_forms import FirstPasswordForm, InvitationForm
from apps.organizations.account_tables import InvitationTable
from apps.organizations.middleware import error_response, sign_in_first
from apps.organizations.models import Invitation, Organization
from apps.organizations.pages import Action, Empty, Page, attempted, form_page, get_or_post, list_page, saved

# Where the hash of the link waits while its secret is out of the address.
FOLLOWED = "followed_invitation"


def address(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"organizations:{name}", args=[organization.slug, *args])


@require_safe
@gate(Permission.EDIT_MEMBERS)
def invitation_list(request: OrganizationRequest) -> HttpResponseBase:
    organization = request.organization
    add = Action(address(organization, "invitation_add"), _("Invite"), "plus", primary=True)
    back = Action(address(organization, "members"), _("Members"))
    page = Page(_("Invitations"), _("Links that nobody has followed yet."), [add], back)
    table = InvitationTable(selectors.invitations_of(organization), organization=organization, editable=True)
    return list_page(request, page, table, Empty(_("No open invitations"), _("Everybody you invited came in."), add))


@get_or_post
@gate(Permission.EDIT_MEMBERS)
def invitation_add(request: OrganizationRequest) -> HttpResponseBase:
    """Invite somebody; the link is shown here to copy, and sent too where there is a mail server."""
    form = InvitationForm(request.POST or None)
    made: list[tuple[Invitation, str]] = []
    organization = request.organization
    if attempted(
        form,
        lambda: made.append(
            invitations.invite(organization=organization, invited_by=request.user, **form.cleaned_data)
        ),
    ):
        return link_page(request, *made[0], back=address(organization, "invitations"))
    page = Page(_("Invite"), _("They get a link that makes them a member, once. The next page shows it."))
    return form_page(request, page, form, address(organization, "members"), _("Make the link"))


@require_safe
@gate(Permission.EDIT_MEMBERS)
def invitation(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    organization = request.organization
    row = get_object_or_404(selectors.invitations_of(organization), pk=pk)
    actions = [
        Action(address(organization, "invitation_renew", pk), _("New link"), "link", post=True),
        Action(address(organization, "invitation_revoke", pk), _("Withdraw"), "trash", post=True),
    ]
    back = Action(address(organization, "invitations"), _("Invitations"))
    context = {"page": Page(row.email, actions=actions, back=back), "invitation": row}
    return TemplateResponse(request, "organizations/invitation.html", context)


@require_POST
@gate(Permission.EDIT_MEMBERS)
def invitation_renew(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """A new link; the one before works no more."""
    row = get_object_or_404(selectors.invitations_of(request.organization), pk=pk)
    secret = invitations.renew(organization=request.organization, invitation=row)
    row.refresh_from_db()
    return link_page(request, row, secret, back=address(request.organization, "invitations"))


@require_POST
@gate(Permission.EDIT_MEMBERS)
def invitation_revoke(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    row = get_object_or_404(selectors.invitations_of(request.organization), pk=pk)
    invitations.revoke(organization=request.organization, invitation=row)
    return saved(request, _("The invitation was withdrawn."), address(request.organization, "invitations"))


def link_page(request: OrganizationRequest, row: Invitation, secret: str, *, back: str) -> HttpResponseBase:
    """The link of an invitation, to copy; sent too where there is a mail server."""
    link = request.build_absolute_uri(reverse("invitation_link", args=[secret]))
    context = {
        "page": Page(row.email),
        "invitation": row,
        "link": link,
        "has_mail": bool(settings.EMAIL_URL),
        # Called while the page is rendered, after the transaction: a mail that fails undoes nothing.
        "mailed": _mail(row, request.organization.name, link),
        "back": back,
    }
    return TemplateResponse(request, "organizations/invitation_link.html", context)


def _mail(row: Invitation, organization: str, link: str) -> Callable[[], bool]:
    def mailed() -> bool:
        text = render_to_string("organizations/invitation.txt", {"organization": organization, "link": link})
        subject = _("Your invitation to %(organization)s") % {"organization": " ".join(organization.split())}
        try:
            return bool(send_mail(subject, text, None, [row.email]))
        except OSError:  # smtplib's errors are among these
            return False

    return mailed


# --- On the way in -----------------------------------------------------------------------------------


@require_safe
def invitation_link(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Take the secret out of the address at once: it must not stand in a history, a referrer or a picture."""
    request.session[FOLLOWED] = invitations.hash_of(secret)
    response = HttpResponseRedirect(reverse("invitation"))
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def invitation_followed(request: HttpRequest) -> HttpResponseBase:
    """What the invitation is to, and how to accept it."""
    try:
        with invitations.opened(_followed(request)) as row:
            return _accept_page(request, row, FirstPasswordForm(email=row.email))
    except invitations.DeadInvitation as dead:
        return error_response(request, dead)


@require_POST
def invitation_join(request: SignedInRequest) -> HttpResponseBase:
    """Join with the account that is signed in."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    membership = invitations.join(token_hash=_followed(request), user=request.user)
    return _arrived(request, membership.organization)


@require_POST
def invitation_register(request: HttpRequest) -> HttpResponseBase:
    """Make the account with its first password, and join; signing in comes after, as always."""
    token_hash = _followed(request)
    with invitations.opened(token_hash) as row:
        form = FirstPasswordForm(request.POST, email=row.email)
        if not attempted(form, lambda: invitations.register(token_hash=token_hash, **form.cleaned_data)):
            return _accept_page(request, row, form)
    del request.session[FOLLOWED]
    messages.success(request, _("Your account was made. Sign in with the password you chose."))
    there = reverse("organizations:home", args=[row.organization.slug])
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': there})}")


def _followed(request: HttpRequest) -> str:
    return str(request.session.get(FOLLOWED, ""))


def _accept_page(request: HttpRequest, row: Invitation, form: FirstPasswordForm) -> HttpResponseBase:
    user: Any = request.user
    context = {
        "invitation": row,
        "organization_name": row.organization.name,
        "form": form,
        "is_invited": user.is_authenticated and invitations.is_for(row, user),
        "has_account": invitations.account_of(row) is not None,
        "login": f"{reverse('account_login')}?{urlencode({'next': reverse('invitation')})}",
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "organizations/invited.html", context, status=status)


def _arrived(request: SignedInRequest, organization: Organization) -> HttpResponseBase:
    del request.session[FOLLOWED]
    messages.success(request, _("Welcome to %(name)s.") % {"name": organization.name})
    return HttpResponseRedirect(reverse("organizations:home", args=[organization.slug]))
