#!/bin/sh
# The code exchange with curl: client_secret_post, form-encoded, exactly one request.
# Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode (see ../code.py).
set -eu

answer=$(curl --silent --show-error --fail-with-body "$authPath/$envID/as/token" \
    --data-urlencode grant_type=authorization_code \
    --data-urlencode "code=$postAuthCode" \
    --data-urlencode redirect_uri=http://localhost:3000/callback \
    --data-urlencode "client_id=$sharedWebAppID" \
    --data-urlencode "client_secret=$sharedWebAppSecret") || { echo "refused: $answer" >&2; exit 1; }

# Whitespace is of no meaning in JSON; without it plain patterns can say what must be there.
flat=$(printf '%s' "$answer" | tr -d ' \n')
for member in '"expires_in":3600' '"token_type":"Bearer"' '"scope":"openid"' '"id_token":"' '"access_token":"'; do
    case $flat in
        *"$member"*) ;;
        *) echo "no $member in $answer" >&2; exit 1 ;;
    esac
done
echo "ok curl"
