// The controls of one world.
'use strict';

const { createHash } = require('node:crypto');

/** How the recorder shows a secret, a code or a token. */
const hashed = (value) => `sha256:${createHash('sha256').update(value).digest('hex')}`;

/** How `console.log` shows an object (`util.inspect`). */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The object as it is, printed without one member, which does not belong into the log of a test. */
function without(secret, told) {
  const shown = (depth, options, inspect) => {
    const { [secret]: _, ...rest } = told;
    return inspect(rest, { ...options, depth });
  };
  // No member of its own: a copy has it not, and what is compared is what was told.
  return Object.defineProperty(told, INSPECT, { value: shown });
}

class World {
  #calls;
  #path;

  constructor(calls, told) {
    Object.assign(this, told);
    for (const client of [told.worker, ...told.applications]) if (client) without('clientSecret', client);
    for (const user of told.users) without('password', user);
    this.#calls = calls;
    this.#path = `/worlds/${told.id}`;
    this.clock = new Clock((method, body) => this.#call(method, '/clock', body));
    this.keys = { rotate: async (algorithm) => (await this.#call('POST', '/keys', algorithm ? { algorithm } : {})).kid };
  }

  [INSPECT]() {
    return `World(${this.issuer})`;
  }

  get application() {
    return this.applications[0];
  }

  get user() {
    return this.users[0];
  }

  #call(method, path, body, query) {
    return this.#calls.call(method, `${this.#path}${path}`, body, query);
  }

  async mint({ kind = 'access', ...rest } = {}) {
    return without('token', await this.#call('POST', '/tokens', { kind, ...rest }));
  }

  async next(choice) {
    return (await this.#call('POST', '/next', choice)).id;
  }

  async clearNext() {
    await this.#call('DELETE', '/next');
  }

  async requests(filter = {}) {
    return (await this.#call('GET', '/requests', undefined, filter)).requests;
  }

  async recorded({ count = 1, timeoutMs = 5_000, ...filter } = {}) {
    const deadline = performance.now() + timeoutMs;
    const found = await this.requests(filter);
    while (found.length < count) {
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0) {
        throw new Error(`${found.length} of ${count} requests came within ${timeoutMs} ms (${JSON.stringify(filter)})`);
      }
      const after = found.at(-1)?.id ?? filter.after;
      found.push(...(await this.requests({ ...filter, after, waitMs: Math.min(left, 30_000) })));
    }
    return found;
  }

  async clearRecorded() {
    await this.#call('DELETE', '/requests');
  }

  async expire(what, { clientId, username } = {}) {
    return (await this.#call('POST', '/expire', { what, clientId, username })).expired;
  }

  async outbox({ to, kind, waitMs } = {}) {
    return (await this.#call('GET', '/outbox', undefined, { to, kind, waitMs })).messages;
  }

  async clearOutbox() {
    await this.#call('DELETE', '/outbox');
  }

  settings(change) {
    return change === undefined ? this.#call('GET', '/settings') : this.#call('PUT', '/settings', change);
  }

  async reset() {
    await this.#call('POST', '/reset');
  }

  async snapshot() {
    return (await this.#call('POST', '/snapshots')).id;
  }

  async restore(snapshot) {
    await this.#call('POST', `/snapshots/${encodeURIComponent(snapshot)}/restore`);
  }

  async delete() {
    await this.#call('DELETE', '');
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    return this.delete();
  }
}

/** The clock of a world. */
class Clock {
  #call;

  constructor(call) {
    this.#call = async (method, body) => {
      const { now, ...rest } = await call(method, body);
      return { now: new Date(now), ...rest };
    };
  }

  get() {
    return this.#call('GET');
  }

  async now() {
    return (await this.get()).now;
  }

  set(now) {
    return this.#call('PUT', { now: now instanceof Date ? now.toISOString() : now });
  }

  advance(seconds) {
    return this.#call('PUT', { advance: seconds });
  }

  freeze() {
    return this.#call('PUT', { frozen: true });
  }

  unfreeze() {
    return this.#call('PUT', { frozen: false });
  }

  rate(rate) {
    return this.#call('PUT', { rate });
  }
}

module.exports = { INSPECT, World, hashed };
