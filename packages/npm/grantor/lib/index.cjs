// A server for tests: a process of its own, or one that runs already.
'use strict';

const { Calls, GrantorError } = require('./calls.cjs');
const { events } = require('./events.cjs');
const { start } = require('./server.cjs');
const { INSPECT, World, hashed } = require('./world.cjs');

class Grantor {
  #calls;
  #end;

  constructor(calls, { url, environment, end }) {
    this.#calls = calls;
    this.#end = end;
    this.url = url;
    this.environment = environment;
  }

  /** What its environment says is secret. */
  [INSPECT]() {
    return `Grantor(${this.url})`;
  }

  async world(wanted = {}) {
    const { clock, ...rest } = wanted;
    const now = clock?.now instanceof Date ? clock.now.toISOString() : clock?.now;
    return new World(this.#calls, await this.#calls.call('POST', '/worlds', { ...rest, ...(clock && { clock: { ...clock, now } }) }));
  }

  async worlds() {
    return (await this.#calls.call('GET', '/worlds')).worlds;
  }

  async open(id) {
    return new World(this.#calls, await this.#calls.call('GET', `/worlds/${encodeURIComponent(id)}`));
  }

  events({ signal } = {}) {
    return events(this.#calls, signal);
  }

  async close() {
    this.#calls.close();
    await this.#end();
  }

  [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() {
    return this.close();
  }
}

async function createGrantor(options = {}) {
  const unknown = Object.keys(options).filter((name) => !['url', 'controlKey', ...OF_A_PROCESS].includes(name));
  if (unknown.length > 0) throw new TypeError(`createGrantor knows no ${unknown.join(', ')}`);
  const own = OF_A_PROCESS.filter((name) => options[name] !== undefined);
  if (options.url !== undefined && own.length > 0) {
    throw new Error(`${own.join(' and ')} would start a process, and url names one that runs already: say one of them`);
  }
  const url = options.url ?? (own.length > 0 ? undefined : process.env.GRANTOR_URL);
  const server = url ? { url: new URL(url).origin, environment: {}, end: async () => {} } : await start(options);
  const key = options.controlKey ?? (url ? process.env.GRANTOR_CONTROL_KEY : server.environment.GRANTOR_CONTROL_KEY);
  const authority = url ? process.env.GRANTOR_CA : server.environment.GRANTOR_CA;
  try {
    return new Grantor(new Calls(server.url, key, authority), server);
  } catch (error) {
    await server.end();
    throw error;
  }
}

/** What is said of a process that is started here, and of no other. */
const OF_A_PROCESS = ['binary', 'args', 'seed', 'startTimeoutMs'];

module.exports = { createGrantor, Grantor, World, GrantorError, hashed };
