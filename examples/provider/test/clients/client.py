"""Two OAuth clients in Python. Reads JSON commands, one per line, and prints JSON responses."""

import json
import os
import sys

import requests

# The provider under test speaks plain http, on the loopback interface.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

ISSUER = os.environ["ISSUER"]
TOKEN = ISSUER + "/oauth/token"
ID = os.environ["CLIENT_ID"]
SECRET = os.environ["CLIENT_SECRET"]
REDIRECT_URI = os.environ["REDIRECT_URI"]
METHOD = os.environ.get("AUTH_METHOD", "client_secret_basic")


class Authlib:
    def session(self, secret, **more):
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            ID,
            secret,
            redirect_uri=REDIRECT_URI,
            code_challenge_method="S256",
            token_endpoint_auth_method=METHOD,
            **more,
        )

    def authorize(self, verifier, scope):
        url, state = self.session(SECRET, scope=scope).create_authorization_url(
            ISSUER + "/oauth/authorize", code_verifier=verifier
        )
        return {"url": url, "state": state}

    def exchange(self, callback, verifier, state, secret):
        return self.session(secret, state=state).fetch_token(
            TOKEN, authorization_response=callback, code_verifier=verifier
        )

    def refresh(self, token, secret):
        return self.session(secret).refresh_token(TOKEN, refresh_token=token)

    def own(self, scope, secret):
        return self.session(secret, scope=scope).fetch_token(TOKEN, grant_type="client_credentials")

    def password(self, username, password, secret):
        return self.session(secret, scope="profile").fetch_token(
            TOKEN, grant_type="password", username=username, password=password
        )

    def revoke(self, token, secret):
        return {"status": self.session(secret).revoke_token(ISSUER + "/oauth/revoke", token=token).status_code}

    def introspect(self, token, secret):
        return self.session(secret).introspect_token(ISSUER + "/oauth/introspect", token=token).json()


class RequestsOAuthlib:
    def authorize(self, verifier, scope):
        from requests_oauthlib import OAuth2Session

        session = OAuth2Session(ID, redirect_uri=REDIRECT_URI, scope=scope)
        url, state = session.authorization_url(
            ISSUER + "/oauth/authorize", code_challenge=s256(verifier), code_challenge_method="S256"
        )
        return {"url": url, "state": state}

    def exchange(self, callback, verifier, state, secret):
        from requests_oauthlib import OAuth2Session

        return OAuth2Session(ID, redirect_uri=REDIRECT_URI, state=state).fetch_token(
            TOKEN, authorization_response=callback, code_verifier=verifier, **secret_as_registered(secret)
        )

    def refresh(self, token, secret):
        from requests_oauthlib import OAuth2Session

        return OAuth2Session(ID).refresh_token(TOKEN, refresh_token=token, **secret_as_extra(secret))

    def own(self, scope, secret):
        from oauthlib.oauth2 import BackendApplicationClient
        from requests_oauthlib import OAuth2Session

        session = OAuth2Session(client=BackendApplicationClient(ID, scope=scope))
        return session.fetch_token(TOKEN, **secret_as_registered(secret))

    def password(self, username, password, secret):
        from oauthlib.oauth2 import LegacyApplicationClient
        from requests_oauthlib import OAuth2Session

        session = OAuth2Session(client=LegacyApplicationClient(ID, scope="profile"))
        return session.fetch_token(TOKEN, username=username, password=password, **secret_as_registered(secret))


def secret_as_registered(secret):
    if METHOD == "client_secret_post":
        return {"client_secret": secret, "include_client_id": True}
    return {"auth": basic(secret)}


def secret_as_extra(secret):
    # A refresh takes further parameters of the body only by their names.
    if METHOD == "client_secret_post":
        return {"client_id": ID, "client_secret": secret}
    return {"auth": basic(secret)}


def basic(secret):
    # Not encoded: this library sends the id and secret in the header as they are.
    return requests.auth.HTTPBasicAuth(ID, secret)


def s256(verifier):
    import base64
    import hashlib

    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def me(token):
    answer = requests.get(ISSUER + "/api/me", headers={"Authorization": "Bearer " + token})
    return {"status": answer.status_code, **answer.json()}


def answer(client, command):
    name = command.pop("do")
    try:
        return me(**command) if name == "me" else dict(getattr(client, name)(**command))
    except Exception as error:  # The tests check which error the library raises.
        return {"refused": getattr(error, "error", None) or type(error).__name__, "text": str(error)}


client = {"authlib": Authlib, "requests_oauthlib": RequestsOAuthlib}[sys.argv[1]]()
for line in sys.stdin:
    print(json.dumps(answer(client, json.loads(line))), flush=True)
