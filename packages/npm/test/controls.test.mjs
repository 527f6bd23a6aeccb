// What the installed package does: run by `node --test` in a project that has nothing else.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { format } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createGrantor, GrantorError, hashed } from 'grantor';

let grantor;
before(async () => {
  const began = performance.now();
  grantor = await createGrantor();
  await (await grantor.world()).mint();
  console.log(`first token after ${Math.round(performance.now() - began)} ms`);
});
after(() => grantor.close());

/** The token endpoint, as the application of the world. */
async function token(world, parameters, secret = world.application.clientSecret) {
  const body = new URLSearchParams({ ...parameters, client_id: world.application.clientId, client_secret: secret });
  const answer = await fetch(`${world.issuer}/token`, { method: 'POST', body });
  return { status: answer.status, ...(await answer.json()) };
}

async function introspected(world, value) {
  const body = new URLSearchParams({ token: value, client_id: world.application.clientId, client_secret: world.application.clientSecret });
  return (await fetch(`${world.issuer}/introspect`, { method: 'POST', body })).json();
}

/** Whether a published key of the token's `kid` signed it. */
async function signed(world, value) {
  const [header, payload, signature] = value.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const { keys } = await (await fetch(`${world.issuer}/jwks`)).json();
  const key = createPublicKey({ key: keys.find((key) => key.kid === kid), format: 'jwk' });
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
}

test('a token ends when the clock moves past its expiry', async () => {
  const world = await grantor.world();
  const { token: value, claims } = await world.mint({ username: world.user.username, scope: 'openid', expiresIn: 60 });
  assert.equal(claims.sub, world.user.id);
  assert.equal((await introspected(world, value)).active, true);
  const { now } = await world.clock.advance(61);
  assert.ok(now.getTime() > Date.now() + 55_000);
  assert.equal((await introspected(world, value)).active, false);
  await world.clock.set(new Date());
  assert.equal((await introspected(world, value)).active, true);
  assert.equal((await world.clock.freeze()).frozen, true);
  assert.equal((await world.clock.unfreeze()).frozen, false);
  assert.equal((await world.clock.rate(60)).rate, 60);
});

test('what is printed has no secret', async () => {
  const world = await grantor.world();
  const minted = await world.mint();
  const secrets = [world.worker.clientSecret, world.application.clientSecret, world.user.password, minted.token];
  for (const shown of [grantor, world, world.worker, world.applications, world.users, minted, { deep: { world, user: world.user, minted } }]) {
    const text = format(shown) + format('%O', shown);
    for (const secret of secrets) assert.ok(!text.includes(secret), text);
  }
  assert.match(format(world.user), /username/);
  // They are there all the same, and in what is handed to another program.
  assert.equal(JSON.parse(JSON.stringify(world)).users[0].password, world.user.password);
  assert.deepEqual(Object.keys({ ...minted }), ['token', 'claims', 'header']);
});

test('a rotated key signs, and the one before stays published', async () => {
  const world = await grantor.world();
  const [old, kid] = [await world.mint(), await world.keys.rotate()];
  const young = await world.mint();
  assert.notEqual(old.header.kid, kid);
  assert.equal(young.header.kid, kid);
  assert.ok(await signed(world, old.token));
  assert.ok(await signed(world, young.token));
});

test('a refresh token that was ended is refused', async () => {
  const world = await grantor.world();
  const { token: value } = await world.mint({ kind: 'refresh', username: world.user.username, scope: 'openid' });
  const redeemed = await token(world, { grant_type: 'refresh_token', refresh_token: value });
  assert.equal(redeemed.status, 200);
  assert.equal(await world.expire('refreshTokens'), 1);
  const refused = await token(world, { grant_type: 'refresh_token', refresh_token: redeemed.refresh_token ?? value });
  assert.deepEqual([refused.status, refused.error], [400, 'invalid_grant']);
});

test('a client is refused when the test says so, and once', async () => {
  const world = await grantor.world();
  await world.next({ endpoint: 'token', refuse: 'secret_wrong' });
  const refused = await token(world, { grant_type: 'client_credentials' });
  assert.deepEqual([refused.status, refused.error], [401, 'invalid_client']);
  await world.next({ endpoint: 'token', status: 429, retryAfter: 2 });
  await world.clearNext();
  assert.equal((await token(world, { grant_type: 'client_credentials' })).status, 200);
});

test('worlds that are made at the same time know nothing of each other', async () => {
  const worlds = await Promise.all(Array.from({ length: 20 }, () => grantor.world()));
  assert.equal(new Set(worlds.map((world) => world.issuer)).size, 20);
  const [first, second] = worlds;
  const { token: value } = await first.mint();
  assert.equal((await introspected(first, value)).active, true);
  assert.equal((await introspected(second, value)).active, false);
  await Promise.all(worlds.map((world) => world.delete()));
  await assert.rejects(first.mint(), (error) => error instanceof GrantorError && error.status === 404);
});

test('the recorder tells what was asked and gave, and waits for it', async () => {
  const world = await grantor.world();
  const later = world.recorded({ endpoint: 'token', count: 2 });
  const given = await token(world, { grant_type: 'client_credentials' });
  assert.equal((await world.recorded({ endpoint: 'token' })).length, 1);
  await token(world, { grant_type: 'client_credentials' }, 'wrong');
  const [good, bad] = await later;
  assert.deepEqual(good.gave, [hashed(given.access_token)]);
  assert.equal(good.form.client_secret, hashed(world.application.clientSecret));
  assert.deepEqual([bad.status, bad.reason], [401, 'secret_wrong']);
  await world.clearRecorded();
  await assert.rejects(world.recorded({ timeoutMs: 50 }), /0 of 1 requests/);
});

test('snapshots, resets and what is wrong', async () => {
  const world = await grantor.world({ clock: { now: new Date('2030-01-01T00:00:00Z'), frozen: true } });
  const snapshot = await world.snapshot();
  await world.clock.advance(86_400);
  await world.restore(snapshot);
  assert.equal((await world.clock.now()).toISOString(), '2030-01-01T00:00:00.000Z');
  await world.settings({ autoSignOn: world.user.username });
  await world.reset();
  assert.equal((await world.settings()).autoSignOn, undefined);
  assert.deepEqual(await world.outbox(), []);
  await assert.rejects(world.mint({ bogus: 1 }), (error) => error.status === 400 && error.at === 'bogus');
  assert.equal((await grantor.open(world.id)).issuer, world.issuer);
});

test('what happens is told as it happens, until nobody listens', async () => {
  const world = await grantor.world();
  const [told, stop] = [grantor.events(), new AbortController()];
  const first = told.next();
  // It listens from some moment on: until then there is nothing to tell of.
  const turning = setInterval(() => world.clock.advance(1).catch(() => {}), 20);
  assert.equal((await first).value.event, 'clock');
  clearInterval(turning);
  await token(world, { grant_type: 'client_credentials' }, 'wrong');
  for await (const one of told) {
    if (one.event !== 'refusal' || one.world !== world.id) continue;
    assert.deepEqual([one.endpoint, one.status, one.reason], ['token', 401, 'secret_wrong']);
    break;
  }
  assert.equal((await told.next()).done, true);
  const stopped = grantor.events({ signal: stop.signal }).next();
  setTimeout(() => stop.abort(), 50);
  assert.equal((await stopped).done, true);
});

test('what is said of a process and of one that runs already is refused', async () => {
  for (const own of [{ args: [] }, { binary: 'x' }, { seed: {} }, { startTimeoutMs: 1 }]) {
    await assert.rejects(createGrantor({ url: grantor.url, ...own }), /say one of them/);
  }
});

test('what is misspelt, no number or no server is told by its name', async () => {
  await assert.rejects(createGrantor({ sed: {} }), /createGrantor knows no sed/);
  await assert.rejects(createGrantor({ binary: '/bin/true' }), /did not start: it said nothing/);
  await assert.rejects((await grantor.world()).clock.advance(NaN), /advance must be a finite number/);
  const { createServer } = await import('node:http');
  const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const url = `http://127.0.0.1:${other.address().port}`;
  await assert.rejects((await createGrantor({ url })).world(), /answered 200: is it a grantor dev/);
  await new Promise((resolve) => other.close(resolve).closeAllConnections());
  await assert.rejects((await createGrantor({ url })).world(), new RegExp(`${url} does not answer: .*ECONNREFUSED`));
});

test('a start that fails leaves nothing behind', async () => {
  const { mkdtempSync, readdirSync, readlinkSync } = await import('node:fs');
  const [place, before] = [mkdtempSync(`${process.cwd()}/tmp-`), process.env.TMPDIR];
  process.env.TMPDIR = place;
  const logs = () => readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(place);
    } catch {
      return false;
    }
  });
  try {
    await assert.rejects(createGrantor({ binary: '/nowhere' }), /there is no program/);
    await assert.rejects(createGrantor({ seed: { users: 1n } }), TypeError);
    assert.deepEqual([readdirSync(place), logs()], [[], []]);
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

test('the server ends with whoever started it, and the launcher has its words and status', async () => {
  const script = "import('grantor').then(async ({ createGrantor }) => { console.log((await createGrantor()).url); process.kill(process.pid, 'SIGKILL'); })";
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const left = await createGrantor({ url: stdout.trim() });
  for (let tries = 0; await left.worlds().then(() => true, () => false); tries++) {
    assert.ok(tries < 100, 'it is still there');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const launched = (...words) => spawnSync(fileURLToPath(new URL('node_modules/.bin/grantor', import.meta.url)), words, { encoding: 'utf8' });
  assert.match(launched('version').stdout, /\d+\.\d+\.\d+/);
  assert.equal(launched('dev', '--bogus').status, 2);
});

test('the server ends with npx', async () => {
  const { existsSync, readFileSync, rmSync } = await import('node:fs');
  const file = `${process.cwd()}/npx-env`;
  // Those of this Node.js: some installations put programs before them that pass no signal on.
  const own = dirname(process.execPath);
  const env = { ...process.env, PATH: `${own}:${process.env.PATH}` };
  const words = ['--no-install', '--', 'grantor', 'dev', '--port', '0', '--env-file', file];
  const cli = join(own, '../lib/node_modules/npm/bin/npx-cli.js');
  const npx = existsSync(cli) ? spawn(process.execPath, [cli, ...words], { stdio: 'ignore', env }) : spawn('npx', words, { stdio: 'ignore' });
  try {
    for (let tries = 0; !existsSync(file) || !readFileSync(file, 'utf8').includes('\nmsIssuer='); tries++) {
      assert.ok(tries < 600, 'it does not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { authPath: url } = Object.fromEntries(readFileSync(file, 'utf8').split('\n').map((line) => line.split('=')));
    const left = await createGrantor({ url });
    npx.kill('SIGTERM');
    for (let tries = 0; await left.worlds().then(() => true, () => false); tries++) {
      assert.ok(tries < 200, 'it is still there');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    rmSync(file, { force: true });
  }
});

test('a seed is a world, for require as for import, and ends with await using', async () => {
  const required = createRequire(import.meta.url)('grantor');
  assert.equal(required.createGrantor, createGrantor);
  const seed = { name: 'Shop', users: [{ username: 'ada', password: 'a clear password', email: 'ada@example.com' }] };
  const other = await createGrantor({ seed });
  const shop = (await other.worlds()).find((world) => world.name === 'Shop');
  assert.deepEqual((await other.open(shop.id)).users.map((user) => user.username), ['ada']);
  const again = await createGrantor({ url: other.url });
  assert.equal((await again.worlds()).length, (await other.worlds()).length);
  await again.close();
  await other[Symbol.asyncDispose]();
  await assert.rejects(other.worlds());
  await assert.rejects(createGrantor({ args: ['--bogus'] }), /did not start: .*--bogus/s);
});
