"""The region's staff in tests of the admin."""

from django.test import Client

from gvr.actions import behorigheter, roller


def staff(namn, *roller_):
    """Return a person of the region with these roles, or the one there already is."""
    roller.ensure_groups()
    return behorigheter.create_user(
        namn=f"{namn.title()} Testsson",
        anvandarnamn=namn,
        losenord="aldrig-använt-i-testerna",
        region=True,
        grupper=roller_,
    )


def provider_user(namn, vardgivare):
    """Return a person who may see one provider."""
    user = behorigheter.create_user(
        namn=f"{namn.title()} Testsson",
        anvandarnamn=namn,
        losenord="aldrig-använt-i-testerna",
        region=False,
        grupper=(),
    )
    behorigheter.grant(user=user, permission=behorigheter.VIEW, vardgivare=[vardgivare])
    return user


def client(user):
    """Return a browser in which the person is logged in."""
    klient = Client()
    klient.force_login(user)
    return klient


def anna():
    """Return the region's administrator with every role but the auditor's."""
    alla = (roller.ADMINISTRATOR, roller.PRISANSVARIG, roller.REGELANSVARIG, roller.KODANSVARIG)
    return staff("anna", *alla)
