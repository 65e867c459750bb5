"""Every setting, from the environment; without REDIS_URL and DATABASE_URL the project runs embedded."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from attendance_site.env import BASE_DIR, env, is_given, secret
from attendance_site.static_files import add_headers

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
MODELS_DIR = Path(env.str("MODELS_DIR", default=str(DATA_DIR / "models")))

# --- The one switch between the two modes -----------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="").rstrip("/")
DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED = not REDIS_URL

# --- Secrets ----------------------------------------------------------------------------------------
SECRET_KEY = secret("SECRET_KEY", DATA_DIR / "keys" / "secret_key", may_be_made=EMBEDDED)
# Wraps the keys of every reference. Without it the site runs and no face is recognised: people use their PIN or badge.
MASTER_KEY = secret("MASTER_KEY", DATA_DIR / "keys" / "master_key", may_be_made=EMBEDDED, may_lack=True)
# Seals audit trails and receipts and keeps second factors. A database from before there were two keys was sealed with
# the master key, and goes on with it.
_begun = not EMBEDDED or (DATA_DIR / "attendance.sqlite3").exists()
_platform = DATA_DIR / "keys" / "platform_key"
# The master keys before this one, until `manage.py rotate_keys` has wrapped everything anew.
MASTER_KEYS_BEFORE = env.list("MASTER_KEYS_BEFORE", default=[])
if _begun and MASTER_KEYS_BEFORE and not is_given("PLATFORM_KEY", _platform):
    raise ImproperlyConfigured(
        "PLATFORM_KEY is not set: until now it was the MASTER_KEY, which has changed, and it must not change along. "
        "Give as PLATFORM_KEY the first MASTER_KEY that this site had, for good (docs/keys.md)."
    )
PLATFORM_KEY = secret("PLATFORM_KEY", _platform, may_be_made=EMBEDDED, first=MASTER_KEY if _begun else "")
# A dotted path to a class with wrap() and unwrap() that asks a key service instead (docs/keys.md).
KEY_WRAPPER = env.str("KEY_WRAPPER", default="")
# Who was erased, kept apart from the database and its backups: a restored backup does not bring them back.
ERASURES = Path(env.str("ERASURES", default=str(DATA_DIR / "erasures")))
# Where the ends of the audit chains are kept outside the database; best on another machine's disk.
AUDIT_ANCHORS = Path(env.str("AUDIT_ANCHORS", default=str(DATA_DIR / "audit")))

# --- Where the site is reached ----------------------------------------------------------------------
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
_loopback = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname or "127.0.0.1", *(_loopback if not HTTPS else [])])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

INSTALLED_APPS = [
    "daphne",
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_tables2",
    "rest_framework",
    "apps.organizations",
    "apps.people",
    "apps.recognition",
    "apps.enrollment",
    "apps.attendance",
    "apps.integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # outside what may refuse: an error is a page too
    "apps.organizations.headers.PageHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "apps.organizations.session_age.SessionAgeMiddleware",
    "apps.organizations.middleware.OrganizationMiddleware",
    "apps.organizations.admin_door.AdminDoorMiddleware",
    "apps.organizations.middleware.WriteMiddleware",
    # Innermost: what a program writes is written in its own name, whatever session comes along.
    "apps.integrations.middleware.CredentialMiddleware",
]

ROOT_URLCONF = "attendance_site.urls"
ASGI_APPLICATION = "attendance_site.asgi.application"
AUTH_USER_MODEL = "organizations.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.organizations.shell.shell",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/table.html"

# --- Database ---------------------------------------------------------------------------------------
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 0,  # the pool keeps connections; the two exclude each other
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 5}},
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "attendance.sqlite3",
            # DEFERRED lost 278 of 320 concurrent read-modify-writes to "database is locked"; IMMEDIATE none.
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                # secure_delete: what is deleted is overwritten in the file, or an erased person could be read there.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
                "PRAGMA secure_delete=ON;",
            },
        }
    }

# --- Sockets and tasks ------------------------------------------------------------------------------
if EMBEDDED:
    CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CELERY_BROKER_URL = "memory://"
    CELERY_TASK_ALWAYS_EAGER = True
    CELERY_TASK_EAGER_PROPAGATES = False
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # redis-py 8 closes a socket idle for 5 s; the layer's own blocking read waits that long.
                "hosts": [{"address": f"{REDIS_URL}/1", "socket_timeout": None, "health_check_interval": 30}],
                "capacity": 100,
                "expiry": 10,
                "group_expiry": 86400,
            },
        }
    }
    CELERY_BROKER_URL = f"{REDIS_URL}/0"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 10}
# Database 3 is its own: clearing a cache empties a whole database, and frames wait in 2.
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if not EMBEDDED:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}/3",
        "OPTIONS": {
            "serializer": "attendance_site.json_cache.JsonSerializer",
            "socket_connect_timeout": 0.5,
            "socket_timeout": 1,
        },
    }
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "frames"  # durable work is rows, run by `manage.py jobs`
CELERY_TASK_ACKS_LATE = False  # a lost frame is sent again by the camera
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a frame that cannot be queued at once is stale; the camera shows "busy"

# --- Accounts ---------------------------------------------------------------------------------------
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "apps.organizations.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Of wrong passwords, five in five minutes for an account from one address (accounts.py makes the key): nobody locks
# a stranger's account from elsewhere. The rest slows an address down whatever it tries.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key", "reset_password": "20/m/ip,5/h/key"}
# Each proxy in front adds the address it was called from; only these may be believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0)
MFA_ADAPTER = "apps.organizations.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Attendance"
# An address is verified by mail when signing in, where there is mail; where there is none it cannot be.
MFA_ALLOW_UNVERIFIED_EMAIL = not env.str("EMAIL_URL", default="")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

EMAIL_URL = env.str("EMAIL_URL", default="")
# No mail server is normal: nothing is sent, nothing demands a verified address.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
    EMAIL_TIMEOUT = 10  # a mail server that hangs must not hold a page
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# --- Browser security -------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60  # counted from signing in: session_age.py
SESSION_IDLE_SECONDS = 30 * 60
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Subdomains and preload of HSTS bind names we may not own: opt-in (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
_self = "'self'"
_sockets = [f"{'wss' if HTTPS else 'ws'}://{_public.netloc}"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [_self],
        "style-src": [_self],
        "img-src": [_self, "data:", "blob:"],
        "font-src": [_self],
        "connect-src": [_self, *_sockets],  # Safari before 15.4 does not count sockets as 'self'
        "media-src": [_self, "blob:"],
        "worker-src": [_self],
        "manifest-src": [_self],
        "base-uri": ["'none'"],
        "form-action": [_self],
        "frame-ancestors": ["'none'"],
    }
}

# --- What a request may carry -----------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20  # all fields together; files are counted apart
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500  # the admin's list of 100 rows with its boxes and filters has about 120
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20  # as large as a list may be (sheets.py): no accepted upload touches the disk
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Static files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "attendance_site.static_files.NodeModulesFinder",
    "attendance_site.icon_sprite.IconSpriteFinder",
]
NODE_FILES = {
    "vendor/tabler": ("@tabler/core/dist", ["css/tabler.min.css"]),
    "vendor/inter": (
        "@fontsource-variable/inter/files",
        ["inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"],
    ),
    "vendor/face-api": (
        "@vladmandic/face-api",
        ["dist/face-api.esm.js", "model/tiny_face_detector_model*", "model/face_landmark_68_model*"],
    ),
    "vendor/tfjs-wasm": (
        "@tensorflow/tfjs-backend-wasm/dist",
        ["tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm.wasm"],
    ),
    "vendor/jsqr": ("jsqr/dist", ["jsQR.js"]),
    "vendor/fflate": ("fflate/esm", ["browser.js"]),
}
# Hashed, compressed names need `collectstatic` (the image does it); the embedded server reads them as they lie.
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not EMBEDDED)
STATIC_ROOT = DATA_DIR / "static" if STATIC_MANIFEST else None
STORAGES: dict[str, dict[str, str]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "attendance_site.static_files.ManifestStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers

# --- The API ----------------------------------------------------------------------------------------
API_REQUESTS_PER_MINUTE: int = env.int("API_REQUESTS_PER_MINUTE", default=600)  # of one credential
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.organizations.api_door.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.organizations.api_door.ScopePermission"],
    "DEFAULT_PARSER_CLASSES": ["apps.organizations.api_door.BoundedParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
}

# --- Recognition ------------------------------------------------------------------------------------
ENGINE = env.str("ENGINE", default="")  # the first start's choice; after that the database decides
DEEPFACE_BACKEND = env.str("DEEPFACE_BACKEND", default="onnx")
# Where networks run, in order: cpu, cuda, openvino. One that this machine lacks is an error, never passed over.
RECOGNITION_PROVIDERS = env.list("RECOGNITION_PROVIDERS", default=["cpu"])
DEMO_TIME_ZONE = env.str("DEMO_TIME_ZONE", default="Europe/Zurich")

# --- Language, time, logs ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # pages show the site's own zone, never the server's
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "attendance_site.logs.CleanFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "daphne": {"level": "WARNING"},  # its start-up lines say nothing that `serve` has not said
        # Django's own handlers would write lines that nobody has cleaned.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
