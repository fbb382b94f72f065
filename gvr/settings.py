"""Settings. One file; everything that differs between installations comes from the environment."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

ROOT = Path(__file__).resolve().parent.parent


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes/no setting; refuse anything that is neither."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value not in ("ja", "nej"):
        raise ImproperlyConfigured(f"{name}={value!r}: skriv 'ja' eller 'nej'.")
    return value == "ja"


def env_list(name: str) -> list[str]:
    """Return a comma-separated setting as a list; empty means nobody, not everybody."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def env_int(name: str, *, default: int) -> int:
    """Return a whole number, zero or more; refuse anything else."""
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name}={value!r}: skriv ett heltal.")
    return int(value)


def proxies(values: list[str], *, required: bool) -> list[str]:
    """Return the trusted proxies; refuse an unset list where it is required, and what is none."""
    if required and not values:
        raise ImproperlyConfigured(
            "BETRODDA_PROXYSERVRAR saknas i miljön: proxyns adress, unix eller ingen."
        )
    if values == ["ingen"]:
        return []
    for value in values:
        try:
            if value != "unix" and ip_network(value).prefixlen == 0:
                raise ImproperlyConfigured(
                    f"BETRODDA_PROXYSERVRAR={value!r}: hela världen är ingen proxyserver."
                )
        except ValueError:
            raise ImproperlyConfigured(
                f"BETRODDA_PROXYSERVRAR={value!r}: skriv en adress, ett nät, unix eller ingen."
            ) from None
    return values


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return a comma-separated setting as networks; refuse what is none, and the whole world."""
    found = []
    for value in env_list(name):
        try:
            found.append(ip_network(value))
        except ValueError:
            raise ImproperlyConfigured(
                f"{name}={value!r}: skriv en adress eller ett nät, som 10.20.0.0/16."
            ) from None
        if found[-1].prefixlen == 0:
            raise ImproperlyConfigured(f"{name}={value!r}: hela världen är inget nät.")
    return found


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL URL; a socket folder goes in ?host=."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL ska börja med postgresql://")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL saknar databasens namn: postgresql://värd/namn")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "gvr.databas",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY saknas i miljön.")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")  # former keys, while they are changed
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HTTPS = env_bool("HTTPS", default=True)
if HTTPS and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG=ja visar kod och uppgifter för den som surfar. Ange HTTPS=nej på en egen dator."
    )
if HTTPS and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS ska räkna upp tjänstens värdnamn, åtskilda med komma."
    )

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.guardian",
    "gvr.apps.RegionensAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "guardian",
    "import_export",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "gvr.apps.GvrConfig",
    "ersattning.ersmo.apps.ErsmoConfig",
    "ersattning.hej.apps.HejConfig",
    "ersattning.vardfaktura.apps.VardfakturaConfig",
    "avstamning.apps.AvstamningConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "avstamning.portal.middleware.databaskontext",
    "avstamning.portal.middleware.fragenamn",
]

ROOT_URLCONF = "gvr.urls"
WSGI_APPLICATION = "gvr.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "region": "gvr.admin.mallar",
                "portal": "avstamning.portal.taggar",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}
# A sandbox gives any answer that is asked for and can be emptied, so it never shares a database
# with what is real: over HTTPS its database has a name that says so, and only a sandbox has such.
SANDLADA = env_bool("SANDLADA", default=False)
if HTTPS and str(DATABASES["default"]["NAME"]).endswith("sandlada") != SANDLADA:
    raise ImproperlyConfigured(
        "SANDLADA=ja hör ihop med en egen databas vars namn slutar på sandlada: "
        "det ena utan det andra startar inte."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: nobody is nobody
GUARDIAN_RAISE_403 = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "portal:login"
LOGIN_REDIRECT_URL = "portal:start"
LOGOUT_REDIRECT_URL = "portal:login"
SESSION_COOKIE_AGE = 8 * 3600

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska")]
LOCALE_PATHS = [ROOT / "gvr" / "locale"]
FORMAT_MODULE_PATH = ["gvr.formats"]
TIME_ZONE = "Europe/Stockholm"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", str(ROOT / ".lokal" / "static")))
STATICFILES_DIRS = [ROOT / "templates" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024  # a batch of 5 000 contacts is about 5 MB

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# The admin's own policy. Its theme (unfold) writes behaviour as Alpine expressions, which the
# browser must be allowed to evaluate ('unsafe-eval'), and colours and positions as style
# attributes ('unsafe-inline', for style only). No inline script is allowed anywhere.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# What a contact would earn: named here, since the register knows nothing of the money above it.
CHAIN_VERDICT = "ersattning.kedja.verdicts"
CHAIN_REASONS = "ersattning.hej.core.orsaker.ORSAKER"
CHAIN_DEADLINE = "ersattning.vardfaktura.queries.kalender.deadline"

# Whose word on a client's certificate is believed: addresses or networks of the proxies in front,
# "unix" for whoever reaches our socket file. Nobody unless named; "ingen" says so on purpose.
BETRODDA_PROXYSERVRAR = proxies(env_list("BETRODDA_PROXYSERVRAR"), required=HTTPS)
TOKENINLOGGNING = env_bool("TOKENINLOGGNING", default=not HTTPS)
KVOT_ANROP_PER_MINUT = env_int("KVOT_ANROP_PER_MINUT", default=12_000)
KVOT_KONTAKTER_PER_MINUT = env_int("KVOT_KONTAKTER_PER_MINUT", default=300_000)

# Nets inside which a receiver of webhooks may stand, beside the open internet: each is a way in
# from outside for whoever may name an address. Without TLS only on a laptop.
WEBHOOK_TILLATNA_NAT = networks("WEBHOOK_TILLATNA_NAT")
WEBHOOK_UTAN_TLS = env_bool("WEBHOOK_UTAN_TLS", default=False)
WEBHOOK_ROTCERTIFIKAT = os.environ.get("WEBHOOK_ROTCERTIFIKAT", "")
if HTTPS and WEBHOOK_UTAN_TLS:
    raise ImproperlyConfigured("WEBHOOK_UTAN_TLS=ja sänder kvittenser i klartext.")

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["gvr.api.inloggning.Maskinkontoinloggning"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["gvr.api.kvot.Anropskvot"],
    "EXCEPTION_HANDLER": "gvr.api.problem.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Ersättningskedjan",
    "DESCRIPTION": "Rapportering av vårdkontakter till gemensamt vårdregister (GVR).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # Not the hook that names enums: msgspec has already done so.
    "POSTPROCESSING_HOOKS": ["gvr.api.schema.complete"],
}

REDIS_URL = os.environ.get("REDIS_URL", "")
if HTTPS and not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL saknas i miljön, till exempel redis://värd:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 30,
    # A request that finds the broker dead must not wait for it: one try, no pause.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False  # the bell may stay silent; the sweeper hears it anyway
CELERY_TIMEZONE = TIME_ZONE
# Webhookar wait for other people's servers, so they have a queue that a worker of its own may take.
CELERY_TASK_QUEUES = (Queue("celery"), Queue("webhook"))
CELERY_TASK_ROUTES = {"gvr.tasks.send_webhooks": {"queue": "webhook"}}
#: A contact that has waited so long is no longer tried by itself: a person decides. The region's
#: own adapter threw such contacts away.
PARKERING_DAGAR = env_int("PARKERING_DAGAR", default=180)
ARENDE_LEASE_SEKUNDER = env_int("ARENDE_LEASE_SEKUNDER", default=120)
CELERY_BEAT_SCHEDULE = {
    "decide-what-waits": {"task": "ersattning.tasks.decide_waiting_work", "schedule": 30.0},
    "offer-new-agents": {"task": "ersattning.tasks.offer_new_agents", "schedule": 3600.0},
    "send-webhooks": {"task": "gvr.tasks.send_webhooks", "schedule": 30.0},
    "forget-webhook-messages": {
        "task": "gvr.tasks.forget_webhook_messages",
        "schedule": 86_400.0,
    },
    "learn-rhythms": {"task": "gvr.tasks.learn_rhythms", "schedule": 6 * 3600.0},
    "forget-refused-requests": {"task": "gvr.tasks.forget_refused_requests", "schedule": 86_400.0},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"rad": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "rad"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    # Its warnings quote the address, and an event's id may hold a patient's number.
    # A receiver's address, which may hold a key of its owner's, stays out as well.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}

# The invoice -------------------------------------------------------------------------------------

VARDFAKTURA: dict[str, Any] = {
    # Who receives and pays every invoice. Only a laptop has a made-up one; elsewhere a buyer that
    # is not named stops every approval with a finding.
    "KOPARE": {
        "namn": os.environ.get("KOPARE_NAMN", "" if HTTPS else "Demoregionen"),
        "orgnr": os.environ.get("KOPARE_ORGNR", "" if HTTPS else "9999000061"),
        "adress": os.environ.get("KOPARE_ADRESS", "" if HTTPS else "Regiongatan 1"),
        "postnummer": os.environ.get("KOPARE_POSTNUMMER", "" if HTTPS else "123 40"),
        "ort": os.environ.get("KOPARE_ORT", "" if HTTPS else "Demostad"),
    },
    "ER_REFERENS": os.environ.get("KOPARE_REFERENS", "Vårdavtal"),  # of contracts without their own
    "BETALNINGSDAGAR": env_int("BETALNINGSDAGAR", default=30),
    "KONTOPLAN": {  # an example: each region has its own accounts
        "vard": os.environ.get("KONTO_VARD", "5511"),
        "avdrag": os.environ.get("KONTO_PATIENTAVGIFT", "3111"),
        "momskompensation": os.environ.get("KONTO_MOMSKOMPENSATION", "5519"),
        "skuld": os.environ.get("KONTO_LEVERANTORSSKULD", "2511"),
    },
}

# The admin ---------------------------------------------------------------------------------------

_BRAND = {  # the portal's petrol; 600 carries white text
    "50": "#f0f7f8",
    "100": "#e3f0f2",
    "200": "#c3dfe3",
    "300": "#94c4cc",
    "400": "#4f9aa6",
    "500": "#1f7987",
    "600": "#0b5563",
    "700": "#094752",
    "800": "#083a43",
    "900": "#072f37",
    "950": "#041d22",
}
_INK = {  # the portal's greys
    "50": "#f5f7f8",
    "100": "#edf1f3",
    "200": "#d9e1e5",
    "300": "#c2cdd3",
    "400": "#5f717b",
    "500": "#52646e",
    "600": "#43555f",
    "700": "#33434c",
    "800": "#22323a",
    "900": "#14232b",
    "950": "#0c171c",
}
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Ersättningskedjan",
    "SITE_HEADER": "Ersättningskedjan",
    "SITE_SUBHEADER": "Regionens administration",
    "SITE_SYMBOL": "account_tree",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "THEME": "light",  # one theme, checked for contrast, like the portal
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _BRAND, "base": _INK},
    "STYLES": ["gvr.admin.navigering.stylesheet"],
    "SCRIPTS": ["gvr.admin.navigering.script"],
    "DASHBOARD_CALLBACK": "avstamning.admin.min_dag.add_worklist",
    "ACCOUNT": {"navigation": "gvr.admin.navigering.account"},
    "COMMAND": {"search_models": False, "search_callback": "gvr.admin.navigering.search"},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "gvr.admin.navigering.sidebar",
    },
}

# Both default to "everybody" in the package; each model has these two permissions of its own.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_USE_TRANSACTIONS = True
# Uploaded files between preview and confirmation; shared by all web servers.
IMPORT_FOLDER = Path(os.environ.get("IMPORT_FOLDER", str(ROOT / ".lokal" / "uppladdat")))
