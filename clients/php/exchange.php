<?php
// The code exchange with PHP's own HTTP stream. Reads authPath, envID, sharedWebAppID, sharedWebAppSecret and postAuthCode.

declare(strict_types=1);

$form = http_build_query([
    'grant_type' => 'authorization_code',
    'code' => getenv('postAuthCode'),
    'redirect_uri' => 'http://localhost:3000/callback',
    'client_id' => getenv('sharedWebAppID'),
    'client_secret' => getenv('sharedWebAppSecret'),
]);
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => 'Content-Type: application/x-www-form-urlencoded',
    'content' => $form,
    'ignore_errors' => true,
    'timeout' => 30,
]]);
$body = file_get_contents(getenv('authPath') . '/' . getenv('envID') . '/as/token', false, $context);
expect($body !== false, 'no answer');
expect(str_contains($http_response_header[0], ' 200 '), $http_response_header[0] . ': ' . $body);

$answer = json_decode($body, true, 8, JSON_THROW_ON_ERROR);
expect($answer['token_type'] === 'Bearer', $body);
expect($answer['expires_in'] === 3600, $body);
expect($answer['scope'] === 'openid', $body);
foreach (['access_token', 'id_token'] as $name) {
    $header = json_decode(base64_decode(strtr(explode('.', $answer[$name])[0], '-_', '+/')), true);
    expect($header['alg'] === 'RS256', "$name is signed with {$header['alg']}");
}
echo "ok PHP\n";

function expect(bool $holds, string $sentence): void
{
    if (!$holds) {
        fwrite(STDERR, $sentence . "\n");
        exit(1);
    }
}
