#!/bin/sh
# The code exchange with curl: form-encoded, exactly one request, by the method in authMethod (client_secret_post when it is not set).
# Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py and ../code.py).
set -eu

method=${authMethod:-client_secret_post}
case $method in
    client_secret_basic) set -- --user "$sharedWebAppID:$sharedWebAppSecret" ;;
    client_secret_post) set -- --data-urlencode "client_id=$sharedWebAppID" --data-urlencode "client_secret=$sharedWebAppSecret" ;;
    none) set -- --data-urlencode "client_id=$sharedWebAppID" --data-urlencode "code_verifier=$codeVerifier" ;;
    *) set -- --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
        --data-urlencode "client_assertion=$clientAssertion" ;;
esac
answer=$(curl --silent --show-error --fail-with-body "$authPath/$envID/as/token" \
    --data-urlencode grant_type=authorization_code \
    --data-urlencode "code=$postAuthCode" \
    --data-urlencode redirect_uri=http://localhost:3000/callback \
    "$@") || { echo "refused: $answer" >&2; exit 1; }

# Whitespace is of no meaning in JSON; without it plain patterns can say what must be there.
flat=$(printf '%s' "$answer" | tr -d ' \n')
for member in '"expires_in":3600' '"token_type":"Bearer"' '"scope":"openid"' '"id_token":"' '"access_token":"'; do
    case $flat in
        *"$member"*) ;;
        *) echo "no $member in $answer" >&2; exit 1 ;;
    esac
done
echo "ok curl $method"
