//! Every key of the configuration: its variable, what would be right, and what the sample says of it.

/// A key of the configuration.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) env: &'static str,
    /// What would be right, for the error message.
    pub(crate) right: &'static str,
    /// What it decides, for the sample.
    pub(crate) about: &'static str,
    /// A value as TOML: the default where there is one.
    pub(crate) example: &'static str,
    /// Its value is shown to nobody.
    pub(crate) secret: bool,
}

const OPEN: Key = Key { name: "", env: "", right: "", about: "", example: "", secret: false };

/// Every key, in the order of the sample: those of a table together.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "http.listen",
        env: "GRANTOR_HTTP_LISTEN",
        right: "an address such as 127.0.0.1:8085",
        about: "Addresses to listen on.",
        example: "[\"127.0.0.1:8085\"]",
        ..OPEN
    },
    Key {
        name: "http.public_url",
        env: "GRANTOR_HTTP_PUBLIC_URL",
        right: "an origin such as https://auth.example.com, without a path",
        about: "Origin of issuers, pages and links, as browsers see it. Choose it once: it is part of every issuer.",
        example: "\"https://auth.example.com\"",
        ..OPEN
    },
    Key {
        name: "http.api_url",
        env: "GRANTOR_HTTP_API_URL",
        right: "an origin such as https://api.example.com, without a path",
        about: "Origin of the links in answers of the management API; the public URL where it is left out.",
        example: "\"https://api.example.com\"",
        ..OPEN
    },
    Key {
        name: "http.insecure",
        env: "GRANTOR_HTTP_INSECURE",
        right: "true or false",
        about: "Whether the public URL may be plain HTTP although it is not on this machine (RFC 8414 §2 wants https).",
        example: "false",
        ..OPEN
    },
    Key {
        name: "http.dev_resource",
        env: "GRANTOR_HTTP_DEV_RESOURCE",
        right: "true or false",
        about: "Whether /dev/resource says what an access token is worth to whoever may use it: to try tokens on, not for work.",
        example: "false",
        ..OPEN
    },
    Key {
        name: "http.hosts",
        env: "GRANTOR_HTTP_HOSTS",
        right: "host names or addresses without ports, separated by commas",
        about: "Hosts that are answered for, beside those of the two URLs; a request for another gets 421. Any where it is left out.",
        example: "[\"auth.example.com\"]",
        ..OPEN
    },
    Key {
        name: "http.management_listen",
        env: "GRANTOR_HTTP_MANAGEMENT_LISTEN",
        right: "an address such as 127.0.0.1:9090, or off",
        about: "Where health and metrics are, over plain HTTP and never public; or \"off\".",
        example: "\"127.0.0.1:9090\"",
        ..OPEN
    },
    Key {
        name: "http.trusted_proxies",
        env: "GRANTOR_HTTP_TRUSTED_PROXIES",
        right: "addresses or networks such as 10.0.0.0/8, separated by commas",
        about: "Reverse proxies that are believed to say where a request came from; none where it is left out.",
        example: "[\"10.0.0.0/8\"]",
        ..OPEN
    },
    Key {
        name: "http.forwarded_header",
        env: "GRANTOR_HTTP_FORWARDED_HEADER",
        right: "x-forwarded-for or forwarded",
        about: "The header in which they say it.",
        example: "\"x-forwarded-for\"",
        ..OPEN
    },
    Key {
        name: "http.client_certificates",
        env: "GRANTOR_HTTP_CLIENT_CERTIFICATES",
        right: "connection, header or off",
        about: "Where certificates of clients come from: \"connection\" asks for one where TLS ends here and insists on none; \"header\" \
                believes the header Client-Cert (RFC 9440) of the trusted proxies, which must set or remove it in every request; or \"off\".",
        example: "\"connection\"",
        ..OPEN
    },
    Key {
        name: "http.tls.certificate",
        env: "GRANTOR_HTTP_TLS_CERTIFICATE",
        right: "the path of a PEM file",
        about: "PEM file with the certificate, leaf first; plain HTTP where it is left out. SIGHUP reads it again.",
        example: "\"/etc/grantor/cert.pem\"",
        ..OPEN
    },
    Key {
        name: "http.tls.key",
        env: "GRANTOR_HTTP_TLS_KEY",
        right: "the path of a PEM file",
        about: "PEM file with its private key.",
        example: "\"/etc/grantor/key.pem\"",
        ..OPEN
    },
    Key {
        name: "shutdown.delay",
        env: "GRANTOR_SHUTDOWN_DELAY",
        right: "a number of seconds from 0 to 3600",
        about: "Seconds between \"not ready\" and \"no new connections\", for load balancers to notice.",
        example: "5",
        ..OPEN
    },
    Key {
        name: "database.url",
        env: "GRANTOR_DATABASE_URL",
        right: "sqlite:PATH or postgres://…",
        about: "sqlite:PATH or postgres://user@host/database?sslmode=verify-full; a password belongs into GRANTOR_DATABASE_URL_FILE.",
        example: "\"sqlite:./data/grantor.db\"",
        secret: true,
    },
    Key {
        name: "master_key",
        env: "GRANTOR_MASTER_KEY",
        right: "32 bytes in base64",
        about: "Seals what is secret in the database: 32 random bytes in base64. Better in a file that others cannot read, named by \
                GRANTOR_MASTER_KEY_FILE; with SQLite it is made beside the database where it is left out.",
        example: "\"…\"",
        secret: true,
    },
    Key {
        name: "database.max_stale",
        env: "GRANTOR_DATABASE_MAX_STALE",
        right: "a number of seconds from 2 to 86400, or unlimited",
        about: "Seconds that a process goes on with the configuration that it knows while it cannot ask the database for changes; then \
                it answers 503 until it can.",
        example: "10",
        ..OPEN
    },
    Key {
        name: "regions",
        env: "GRANTOR_REGIONS",
        right: "some of AP, AU, CA, EU, NA and SG, each once, separated by commas",
        about: "Where environments may be made, which is what the licence says. The first is the administrators'.",
        example: "[\"NA\"]",
        ..OPEN
    },
    Key {
        name: "admin.environment_id",
        env: "GRANTOR_ADMIN_ENVIRONMENT_ID",
        right: "a lower-case UUID",
        about: "Id of the administrators' environment. Like the two below it counts at the first start only; what is left out is made \
                and printed then.",
        example: "\"25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e\"",
        ..OPEN
    },
    Key {
        name: "admin.client_id",
        env: "GRANTOR_ADMIN_CLIENT_ID",
        right: "a lower-case UUID",
        about: "Client id of the administrators' worker.",
        example: "\"7b1cab74-19b8-42ac-9d41-3590ea34b988\"",
        ..OPEN
    },
    Key {
        name: "admin.client_secret",
        env: "GRANTOR_ADMIN_CLIENT_SECRET",
        right: "at least 16 characters of A-Z a-z 0-9 . _ ~ -, and no placeholder",
        about: "Its secret: at least 16 characters of A-Z a-z 0-9 . _ ~ -. Better in a file named by GRANTOR_ADMIN_CLIENT_SECRET_FILE.",
        example: "\"…\"",
        secret: true,
    },
    Key {
        name: "audit.tokens",
        env: "GRANTOR_AUDIT_TOKENS",
        right: "batched or strict",
        about: "\"strict\" answers a token that leaves no other trace only after its event is committed.",
        example: "\"batched\"",
        ..OPEN
    },
    Key {
        name: "audit.days",
        env: "GRANTOR_AUDIT_DAYS",
        right: "a number of days from 1 to 36500",
        about: "How long events are kept; an environment may keep its own for fewer days.",
        example: "90",
        ..OPEN
    },
    Key {
        name: "admission.requests",
        env: "GRANTOR_ADMISSION_REQUESTS",
        right: "a number from 4 to 4096",
        about: "Requests of one address that are answered at a time, eight for each core where it is left out and 16 at least; more wait.",
        example: "16",
        ..OPEN
    },
    Key {
        name: "admission.sign_ons",
        env: "GRANTOR_ADMISSION_SIGN_ONS",
        right: "a number from 1 to 1024",
        about: "Sign-ons of one address that may wait for their password to be hashed while others wait.",
        example: "16",
        ..OPEN
    },
    Key {
        name: "admission.failed_names",
        env: "GRANTOR_ADMISSION_FAILED_NAMES",
        right: "a number from 1 to 100000",
        about: "User names of one environment that one address may fail on in an hour; more than an office mistypes.",
        example: "100",
        ..OPEN
    },
    Key {
        name: "admission.flows",
        env: "GRANTOR_ADMISSION_FLOWS",
        right: "a number from 1 to 10000",
        about: "Sign-ons that one address may begin in one environment a second; a minute's worth at once.",
        example: "20",
        ..OPEN
    },
    Key {
        name: "admission.failures",
        env: "GRANTOR_ADMISSION_FAILURES",
        right: "a number from 1 to 10000",
        about: "Failures of one address that are answered at once a second; more are answered a second later.",
        example: "50",
        ..OPEN
    },
    Key {
        name: "admission.refusals",
        env: "GRANTOR_ADMISSION_REFUSALS",
        right: "a number from 1 to 1000",
        about: "Refusals of nobody that are recorded a second of one address in one environment; the rest is counted once a minute.",
        example: "2",
        ..OPEN
    },
    Key {
        name: "log.format",
        env: "GRANTOR_LOG_FORMAT",
        right: "text or json",
        about: "\"text\" or \"json\", to standard error; text on a terminal, else json, where it is left out. RUST_LOG filters.",
        example: "\"json\"",
        ..OPEN
    },
    Key {
        name: "log.requests",
        env: "GRANTOR_LOG_REQUESTS",
        right: "true or false",
        about: "A line for each request: its number, route, status, reason, application and time; never what was sent.",
        example: "false",
        ..OPEN
    },
    Key {
        name: "pages.terms_url",
        env: "GRANTOR_PAGES_TERMS_URL",
        right: "an address such as https://example.com/terms",
        about: "Your terms of service, which the pages link to.",
        example: "\"https://example.com/terms\"",
        ..OPEN
    },
    Key {
        name: "pages.privacy_url",
        env: "GRANTOR_PAGES_PRIVACY_URL",
        right: "an address such as https://example.com/privacy",
        about: "Your privacy policy.",
        example: "\"https://example.com/privacy\"",
        ..OPEN
    },
    Key {
        name: "pages.support_url",
        env: "GRANTOR_PAGES_SUPPORT_URL",
        right: "an address such as https://example.com/help or mailto:help@example.com",
        about: "Where people find help with signing on: a page, or an address to write to.",
        example: "\"mailto:help@example.com\"",
        ..OPEN
    },
    Key {
        name: "outbound.extra_ca",
        env: "GRANTOR_OUTBOUND_EXTRA_CA",
        right: "the path of a PEM file",
        about: "PEM file of authorities that are believed besides the system's, when this server calls another.",
        example: "\"/etc/grantor/ca.pem\"",
        ..OPEN
    },
    Key {
        name: "outbound.allow",
        env: "GRANTOR_OUTBOUND_ALLOW",
        right: "host names or CIDRs, separated by commas",
        about: "Hosts, addresses or networks that may be called although they are not on the internet.",
        example: "[\"idp.corp\", \"10.1.0.0/16\"]",
        ..OPEN
    },
    Key {
        name: "outbound.proxy",
        env: "GRANTOR_OUTBOUND_PROXY",
        right: "an address such as http://proxy.example.com:3128",
        about: "HTTP proxy for such calls; HTTPS_PROXY and its like are not read.",
        example: "\"http://proxy.example.com:3128\"",
        ..OPEN
    },
    Key {
        name: "outbound.timeout",
        env: "GRANTOR_OUTBOUND_TIMEOUT",
        right: "a number of seconds from 1 to 30",
        about: "Seconds for one call, everything together.",
        example: "5",
        ..OPEN
    },
];
