<?php
// The code exchange with PHP's own HTTP stream, by the method in authMethod (client_secret_post when it is not set).
// Reads authPath, envID, sharedWebAppID, postAuthCode, and what the method needs (see ../exchanges.py).

declare(strict_types=1);

$method = getenv('authMethod') ?: 'client_secret_post';
$proof = match ($method) {
    'client_secret_basic' => [],
    'client_secret_post' => ['client_id' => getenv('sharedWebAppID'), 'client_secret' => getenv('sharedWebAppSecret')],
    'none' => ['client_id' => getenv('sharedWebAppID'), 'code_verifier' => getenv('codeVerifier')],
    default => [
        'client_assertion_type' => 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        'client_assertion' => getenv('clientAssertion'),
    ],
};
$basic = base64_encode(getenv('sharedWebAppID') . ':' . getenv('sharedWebAppSecret'));
$form = http_build_query([
    'grant_type' => 'authorization_code',
    'code' => getenv('postAuthCode'),
    'redirect_uri' => 'http://localhost:3000/callback',
    ...$proof,
]);
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => [
        'Content-Type: application/x-www-form-urlencoded',
        ...($method === 'client_secret_basic' ? ["Authorization: Basic $basic"] : []),
    ],
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
echo "ok PHP $method\n";

function expect(bool $holds, string $sentence): void
{
    if (!$holds) {
        fwrite(STDERR, $sentence . "\n");
        exit(1);
    }
}
