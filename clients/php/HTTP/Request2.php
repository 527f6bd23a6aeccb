<?php
// A small class of the name and calls of PEAR's HTTP_Request2, over PHP's own HTTP stream.
//
// That package is in no registry that Debian's tools reach, so a program written against it could not run on a test
// machine at all. Put on the include path only when the real one is not found; it covers a form sent by POST.

declare(strict_types=1);

class HTTP_Request2_Exception extends Exception
{
}

class HTTP_Request2
{
    public const METHOD_POST = 'POST';

    private string $url = '';
    private string $method = 'GET';
    private array $config = [];
    private array $headers = [];
    private array $fields = [];

    public function setUrl(string $url): static
    {
        $this->url = $url;
        return $this;
    }

    public function setMethod(string $method): static
    {
        $this->method = $method;
        return $this;
    }

    public function setConfig(array $config): static
    {
        $this->config = $config + $this->config;
        return $this;
    }

    public function setHeader(array $headers): static
    {
        $this->headers = $headers + $this->headers;
        return $this;
    }

    public function addPostParameter(array $fields): static
    {
        $this->fields = $fields + $this->fields;
        return $this;
    }

    public function send(): HTTP_Request2_Response
    {
        $lines = array_map(fn ($name) => "$name: {$this->headers[$name]}", array_keys($this->headers));
        $context = stream_context_create(['http' => [
            'method' => $this->method,
            'header' => implode("\r\n", $lines),
            // RFC 3986 escapes, as the package sends them: a space is %20, not a plus sign.
            'content' => http_build_query($this->fields, '', '&', PHP_QUERY_RFC3986),
            'follow_location' => empty($this->config['follow_redirects']) ? 0 : 1,
            'ignore_errors' => true,
            'timeout' => 30,
        ]]);
        $body = @file_get_contents($this->url, false, $context);
        if ($body === false) {
            throw new HTTP_Request2_Exception("no answer from {$this->url}");
        }
        return new HTTP_Request2_Response($http_response_header[0], $body);
    }
}

class HTTP_Request2_Response
{
    private array $statusLine;

    public function __construct(string $statusLine, private string $body)
    {
        $this->statusLine = explode(' ', $statusLine, 3);
    }

    public function getStatus(): int
    {
        return (int) $this->statusLine[1];
    }

    public function getReasonPhrase(): string
    {
        return $this->statusLine[2] ?? '';
    }

    public function getBody(): string
    {
        return $this->body;
    }
}
