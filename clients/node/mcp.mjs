// The SDK of the Model Context Protocol against `/dev/mcp`: by document, by registration and by hand it finds the server, signs on
// through the hosted pages, is allowed, lists the tools, calls them and refreshes.
// Usage: node mcp.mjs PACKAGE, which is @modelcontextprotocol/sdk or its successor @modelcontextprotocol/client
//
// Reads mcpURL, mcpAppID, clientDocument, username, password, SIGN_ON, PYTHON. Run by ../mcp/published.py.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect } from './expect.mjs';

const REDIRECT_URI = 'http://127.0.0.1:4711/callback';
const { mcpURL, mcpAppID, clientDocument, SIGN_ON, PYTHON } = process.env;
const run = promisify(execFile);

const name = process.argv[2];
const { Client, StreamableHTTPClientTransport, UnauthorizedError, auth } = await (name.endsWith('/sdk') ? older() : import(name));

async function older() {
  const parts = ['index', 'streamableHttp', 'auth'].map((part) => import(`@modelcontextprotocol/sdk/client/${part}.js`));
  return Object.assign({}, ...(await Promise.all(parts)));
}

/** What the SDK keeps of a client and its tokens, and where it sends the person. */
class Kept {
  constructor(way) {
    this.client = way === 'hand' ? { client_id: mcpAppID } : undefined;
    this.clientMetadataUrl = way === 'document' ? clientDocument : undefined;
  }

  redirectUrl = REDIRECT_URI;
  clientMetadata = {
    client_name: 'A client in TypeScript',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };

  clientInformation = () => this.client;
  saveClientInformation = (client) => { this.client = client; };
  tokens = () => this.held;
  saveTokens = (tokens) => { this.held = tokens; };
  redirectToAuthorization = (address) => { this.asked = address; };
  saveCodeVerifier = (verifier) => { this.verifier = verifier; };
  codeVerifier = () => this.verifier;
  saveDiscoveryState = (found) => { this.found = found; };
  discoveryState = () => this.found;
}

async function walk(way, revision) {
  const kept = new Kept(way);
  const options = { authProvider: kept };
  const first = new StreamableHTTPClientTransport(new URL(mcpURL), options);
  const refused = await client().connect(first).then(() => undefined, (error) => error);
  expect(refused instanceof UnauthorizedError, `it is not refused without a token: ${refused}`);
  expect(kept.asked.searchParams.get('resource') === mcpURL, `${kept.asked}`);
  expect(kept.asked.searchParams.get('scope').split(' ').includes('mcp:tools'), `${kept.asked}`);
  const { stdout } = await run(PYTHON, [SIGN_ON, kept.asked.href, REDIRECT_URI]);
  const answered = new URL(stdout.trim()).searchParams;
  await first.finishAuth(answered.get('code'), answered.get('iss'));

  const session = client();
  await session.connect(new StreamableHTTPClientTransport(new URL(mcpURL), options));
  const { tools } = await session.listTools();
  expect(tools.map((tool) => tool.name).join() === 'echo,whoami', `the tools are ${JSON.stringify(tools)}`);
  const echoed = await session.callTool({ name: 'echo', arguments: { text: 'Grüße' } });
  expect(echoed.content[0].text === 'Grüße', JSON.stringify(echoed));
  const who = await whoami(session);
  expect(who.client === kept.client.client_id && who.scopes.includes('mcp:tools'), JSON.stringify(who));
  expect((who.client === clientDocument) === (way === 'document'), `the client is ${who.client}`);

  const before = kept.held;
  // With a refresh token and without a code it refreshes.
  expect(await auth(kept, { serverUrl: new URL(mcpURL) }) === 'AUTHORIZED', 'it refreshes');
  expect(kept.held.access_token !== before.access_token, 'the access token is another');
  expect(kept.held.refresh_token && kept.held.refresh_token !== before.refresh_token, 'the refresh token rotates');
  expect(JSON.stringify(await whoami(session)) === JSON.stringify(who), 'a refreshed token is the same person\'s');
  const spoken = session.getNegotiatedProtocolVersion?.() ?? revision;
  expect(spoken === revision, `the revision is ${spoken}`);
  await session.close();
  console.log(`ok ${name}, ${revision}, client by ${way}`);
}

async function whoami(session) {
  return (await session.callTool({ name: 'whoami', arguments: {} })).structuredContent;
}

function client() {
  return new Client({ name: 'grantor-clients', version: '1' }, { versionNegotiation: { mode: 'auto' } });
}

for (const way of ['document', 'registration', 'hand']) {
  await walk(way, name.endsWith('/sdk') ? '2025-11-25' : '2026-07-28');
}
