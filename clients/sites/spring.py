"""Spring Boot as a client and as a resource server, on PingOne's layout and on Spring's.

Usage: spring.py CLASSES:LIBRARIES     the class path of ../spring

Sign-on from the issuer's metadata with PKCE, userinfo, a refused response, refresh by the client manager, client credentials,
an API that takes JWTs and one that introspects, spoiled and foreign tokens, sign-off at the provider (C2). Then sign-on, refresh and
client credentials by assertions, and as a public client. Reads what ../applications.py reads, and msIssuer. Needs Authlib's `joserfc`.
"""

import json
import os
import sys
import tempfile
import urllib.parse

import visit
from joserfc.jwk import ECKey, RSAKey
from visit import done, expect, get, get_json

#: The environment behind the mount that `grantor dev` has in Spring's layout.
PLAYGROUND = "00e4d60b-9a66-4994-a6c8-5b94fff63e29"
#: RFC 7636 appendix B.
CHALLENGE = "E9Melhoa2OwvFrEMTJGuCHaoeK1t8URWbuGJSstw-cM"
#: The ways that Spring Security has beside a secret that is sent: the method, the algorithm that it signs with, and its key.
WAYS = (
    ("none", None, None),
    ("client_secret_jwt", "HS256", None),
    ("private_key_jwt", "RS256", lambda: RSAKey.generate_key(2048)),
    ("private_key_jwt", "ES256", lambda: ECKey.generate_key("P-256")),
)


def main():
    [port] = visit.free_ports(1)
    origin = f"http://localhost:{port}"
    providers = {"pingone": pingone(origin), "spring": spring(origin)}
    for name, provider in providers.items():
        provider["settings"] |= other_ways(name, provider, origin)
    settings = {
        "server": {"port": port, "address": "127.0.0.1"},
        "logging.level.root": "warn",
        "spring.main.banner-mode": "off",
        **{name: value for provider in providers.values() for name, value in provider["settings"].items()},
    }
    flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
    with tempfile.TemporaryDirectory() as folder:
        command = ["java", *flags, "-cp", sys.argv[1], "site.Site"]
        environment = {"SPRING_APPLICATION_JSON": json.dumps(settings)}
        with visit.running(command, port, folder, environment):
            tokens = {name: walk(name, provider, origin) for name, provider in providers.items()}
            resource_server(origin, tokens)
            for name, provider in providers.items():
                by_other_ways(name, provider, origin)


def pingone(origin):
    issuer = f"{os.environ['authPath']}/{os.environ['envID']}/as"
    web = visit.web_application("Spring Boot", [f"{origin}/login/oauth2/code/pingone"], [f"{origin}/signed-out"])
    service = visit.made({
        "name": f"Spring Boot service {os.getpid()}",
        "type": "WORKER",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    })
    # Only the application that a token was issued to may introspect it.
    settings = registrations("pingone", issuer, web, service, web, "client_secret_basic", [])
    return {"issuer": issuer, "web": web, "person": visit.user(), "settings": settings, "environment": None}


def spring(origin):
    issuer = os.environ["msIssuer"]
    web = visit.web_application(
        "Spring Boot", [f"{origin}/login/oauth2/code/spring"], [f"{origin}/signed-out"], PLAYGROUND,
        tokenEndpointAuthMethod="CLIENT_SECRET_POST",
    )
    service = ("service-client-jwt", "service-client-jwt-secret")
    # Spring's introspector sends its credentials as Basic, which the other two may not.
    api = visit.made({
        "name": f"Spring Boot API {os.getpid()}",
        "type": "WORKER",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    }, PLAYGROUND)
    settings = registrations("spring", issuer, web, service, api, "client_secret_post", ["country.read"])
    return {"issuer": issuer, "web": web, "person": visit.user(PLAYGROUND), "settings": settings, "environment": PLAYGROUND}


def registrations(name, issuer, web, service, api, method, scopes):
    """The provider with a registration for people, one for the application itself, and one that introspects."""
    start = "spring.security.oauth2.client"
    common = {"provider": name, "client-authentication-method": method}
    entries = {
        f"{start}.provider.{name}.issuer-uri": issuer,
        f"{start}.provider.{name}.user-name-attribute": "sub",
    }
    people = {
        **common, "client-id": web[0], "client-secret": web[1], "scope": "openid,profile,email",
        "authorization-grant-type": "authorization_code",
        "redirect-uri": "{baseUrl}/login/oauth2/code/{registrationId}",
    }
    itself = {
        **common, "client-id": service[0], "client-secret": service[1], "authorization-grant-type": "client_credentials",
        **({"scope": ",".join(scopes)} if scopes else {}),
    }
    asks = {"provider": name, "client-id": api[0], "client-secret": api[1], "authorization-grant-type": "client_credentials"}
    for registration, values in ((name, people), (f"{name}-service", itself), (f"{name}-api", asks)):
        entries.update({f"{start}.registration.{registration}.{key}": value for key, value in values.items()})
    return entries


def other_ways(name, provider, origin):
    """For each way: an application that may sign people on and have tokens of its own, and what Spring must know of it."""
    entries = {}
    for method, algorithm, key in WAYS:
        registration = f"{name}-{algorithm or method}".lower()
        more = {"tokenEndpointAuthMethod": method.upper()}
        if algorithm:
            grants = ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"]
            more |= {"tokenEndpointAuthSigningAlg": algorithm, "grantTypes": grants}
        else:
            more["type"] = "NATIVE_APP"
        if key:
            jwk = key()
            jwk.ensure_kid()
            more["jwks"] = json.dumps({"keys": [jwk.as_dict(private=False)]})
            private = json.dumps(jwk.as_dict(private=True))
            entries |= {f"keys.{registration}": private, f"keys.{registration}-service": private}
        redirect_uris = [f"{origin}/login/oauth2/code/{registration}"]
        client = visit.web_application(f"Spring Boot {method} {algorithm or ''}".strip(), redirect_uris, [], provider["environment"], **more)
        told = {"client-id": client[0], **({"client-secret": client[1]} if method.startswith("client_secret") else {})}
        common = {"provider": name, "client-authentication-method": method, **told}
        people = {
            **common, "scope": "openid,profile", "authorization-grant-type": "authorization_code",
            "redirect-uri": "{baseUrl}/login/oauth2/code/{registrationId}",
        }
        itself = {**common, "authorization-grant-type": "client_credentials"}
        for which, values in ((registration, people), (f"{registration}-service", itself)):
            entries |= {f"spring.security.oauth2.client.registration.{which}.{entry}": value for entry, value in values.items()}
    return entries


def by_other_ways(name, provider, origin):
    """Sign-on, two refreshes and a token of its own, each with an assertion by Spring Security; a public client has the first two."""
    for method, algorithm, _ in WAYS:
        registration = f"{name}-{algorithm or method}".lower()
        person = visit.Person(*provider["person"])
        home = signed_on(registration, provider, person, origin)
        expect(home["provider"] == registration and home["refreshes"], f"{registration}: {home}")
        tokens = [json.loads(person.goes(f"{origin}/refreshed").text)["accessToken"] for _ in range(2)]
        expect(len({home["accessToken"], *tokens}) == 3, f"{registration}: refreshing gave the same access token")
        if algorithm:
            service = get_json(f"{origin}/service/{registration}-service")
            expect(service["accessToken"], f"{registration}: {service}")
        done(f"Spring Boot signs on and refreshes at {name} by {method} {algorithm or ''}".strip())


def walk(name, provider, origin):
    """Everything that a person and the application do with one provider; an access token of each."""
    person = visit.Person(*provider["person"])
    home = signed_on(name, provider, person, origin)
    expect(home["userinfo"].get("preferred_username", home["name"]) == person.username, f"{name}: userinfo is {home['userinfo']}")
    expect(home["idTokenClaims"]["iss"] == provider["issuer"], f"{name}: the ID token is {home['idTokenClaims']}")
    done(f"Spring Boot signs on at {name} and reads userinfo")

    refused(name, provider, origin)

    expect(home["refreshes"], f"{name}: no refresh token was given")
    tokens = [json.loads(person.goes(f"{origin}/refreshed").text)["accessToken"] for _ in range(2)]
    expect(len({home["accessToken"], *tokens}) == 3, f"{name}: refreshing gave the same access token")
    done(f"Spring Boot refreshes at {name}, twice")

    service = get_json(f"{origin}/service/{name}-service")
    expect(service["accessToken"], f"{name}: {service}")
    done(f"Spring Boot gets a token of its own from {name}")

    hinted(name, provider, person, home["idToken"], origin)
    person_token = tokens[-1]
    before_sign_off(name, origin, person_token, service["accessToken"])
    signed_off(name, provider, person, origin)
    return {"person": person_token, "service": service["accessToken"]}


def signed_on(name, provider, person, origin):
    page = person.goes(f"{origin}/oauth2/authorization/{name}")
    expect(page.url.startswith(urllib.parse.urljoin(provider["issuer"], "/")), f"{name}: the sign-on page is {page.url}")
    page = person.signs_on(page)
    expect(page.url.rstrip("/").split("?")[0] == origin and page.status == 200, f"{name}: sign-on ends at {page.url}\n{page.text}")
    return json.loads(page.text)


def refused(name, provider, origin):
    """The person turns away: the application is told, and shows its own page."""
    person = visit.Person(*provider["person"])
    page = person.submits(person.goes(f"{origin}/oauth2/authorization/{name}"), "password", intent="cancel")
    expect(page.url.startswith(f"{origin}/login?error"), f"{name}: turning away ends at {page.url}")
    done(f"Spring Boot is told that the person turned away at {name}")


# C2: a silent request with the ID token, as a single-page application sends it to keep its person.
def hinted(name, provider, person, id_token, origin):
    """The ID token that the provider gave is a hint that it takes."""
    metadata = get_json(f"{provider['issuer']}/.well-known/openid-configuration")
    request = {
        "response_type": "code", "client_id": provider["web"][0], "scope": "openid", "prompt": "none",
        "redirect_uri": f"{origin}/login/oauth2/code/{name}", "id_token_hint": id_token, "state": "hinted",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }
    answer = person.browser.send("GET", f"{metadata['authorization_endpoint']}?{urllib.parse.urlencode(request)}")
    back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.location or "").query))
    expect(back.get("code"), f"{name}: the hint leads to {answer.location} ({answer.status})")
    done(f"{name} takes its ID token as id_token_hint")


def before_sign_off(name, origin, person, service):
    """The API takes the tokens, by their signature and by asking."""
    for token, ways in ((person, ("jwt", "opaque")), (service, ("jwt",))):
        for way in ways:
            status, text = get(f"{origin}/api/{name}/{way}", token)
            expect(status == 200, f"{name}, {way}: {status} {text}")
    done(f"Spring Boot's API takes the tokens of {name}, as JWT and by introspection")


# C2: every Spring application with its logout success handler.
def signed_off(name, provider, person, origin):
    """Spring Security ends the session at the provider with the ID token as hint, and the person comes back."""
    page = person.submits(person.goes(f"{origin}/logout"), "_csrf")
    expect(page.url == f"{origin}/signed-out" and page.status == 200, f"{name}: sign-off ends at {page.url} ({page.status})\n{page.text[:1500]}")
    page = person.goes(f"{origin}/oauth2/authorization/{name}")
    expect('name="password"' in page.text, f"{name}: after the sign-off the person is at {page.url}")
    done(f"Spring Boot signs off at {name}")


def resource_server(origin, tokens):
    """What the API must not take."""
    pingone, spring_token = tokens["pingone"]["service"], tokens["spring"]["service"]
    for what, path, token in (
        ("nothing", "pingone/jwt", None),
        ("a spoiled token", "pingone/jwt", visit.spoiled(pingone)),
        ("a spoiled token", "spring/jwt", visit.spoiled(spring_token)),
        ("a token of another issuer", "spring/jwt", pingone),
        ("a token of another issuer", "pingone/jwt", spring_token),
        ("a token of another issuer", "pingone/opaque", spring_token),
        ("a token after its sign-off", "pingone/opaque", tokens["pingone"]["person"]),
        ("a token after its sign-off", "spring/opaque", tokens["spring"]["person"]),
    ):
        status, text = get(f"{origin}/api/{path}", token)
        expect(status == 401, f"{path} answers {status} to {what}: {text}")
    done("Spring Boot's API refuses spoiled, foreign and ended tokens")


if __name__ == "__main__":
    main()
