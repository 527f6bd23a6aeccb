// Calls of the controls: JSON in and out, no proxy, one connection kept.
'use strict';

const http = require('node:http');
const https = require('node:https');
const { readFileSync } = require('node:fs');

/** What the server refused: its sentence, the status, and the path of the member. */
class GrantorError extends Error {
  constructor(status, body) {
    super(body.at ? `${body.message} (at ${body.at})` : body.message);
    this.name = 'GrantorError';
    this.status = status;
    this.error = body.error;
    this.at = body.at;
  }
}

/** More than the longest that a control waits. */
const PATIENCE_MS = 60_000;

/** Calls what lies below `/dev/v1` of one server. */
class Calls {
  constructor(url, controlKey, authority) {
    this.url = new URL(url);
    this.module = this.url.protocol === 'https:' ? https : http;
    this.headers = controlKey ? { authorization: `Bearer ${controlKey}` } : {};
    this.ca = authority ? readFileSync(authority) : undefined;
    this.agent = new this.module.Agent({ keepAlive: true, ...(this.ca && { ca: this.ca }) });
  }

  async call(method, path, body, query = {}) {
    const words = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = words.length > 0 ? `?${new URLSearchParams(words.map(([name, value]) => [name, String(value)]))}` : '';
    const target = new URL(`/dev/v1${path}${search}`, this.url);
    const sent = body === undefined ? undefined : JSON.stringify(body, finite);
    const { status, text } = await this.exchange(method, target, sent);
    let read;
    try {
      read = text === '' ? undefined : JSON.parse(text);
    } catch {
      read = undefined;
    }
    if (status >= 400 || (text !== '' && read === undefined)) {
      throw new GrantorError(status, read?.message ? read : { message: `${method} ${target} answered ${status}: is it a grantor dev?` });
    }
    return read;
  }

  /** An answer that has no end, once it begins. */
  open(path, signal) {
    const target = new URL(`/dev/v1${path}`, this.url);
    return new Promise((resolve, reject) => {
      // Not by the kept connections: it would hold one of them, and closing them would end it with an error.
      const request = this.module.request(target, { headers: this.headers, agent: false, signal, ca: this.ca }, (response) => {
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new GrantorError(response.statusCode, { message: `GET ${target} answered ${response.statusCode}` }));
      });
      request.on('error', reject);
      request.end();
    });
  }

  exchange(method, target, sent) {
    return new Promise((resolve, reject) => {
      const headers = sent === undefined ? this.headers : { ...this.headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
      const request = this.module.request(target, { method, headers, agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() }));
        response.on('error', reject);
      });
      request.setTimeout(PATIENCE_MS, () => request.destroy(new Error(`${method} ${target} was not answered in ${PATIENCE_MS} ms`)));
      request.on('error', (error) => {
        // The server may close a kept connection at the moment in which it is used again; nothing was read of the call then.
        if (request.reusedSocket && error.code === 'ECONNRESET') resolve(this.exchange(method, target, sent));
        // Of a name with two addresses Node.js says no more than the code.
        else reject(Object.assign(new Error(`${this.url.origin} does not answer: ${error.message || error.code}`, { cause: error }), { code: error.code }));
      });
      request.end(sent);
    });
  }

  close() {
    this.agent.destroy();
  }
}

/** JSON has no NaN: it would be sent as if nothing had been said. */
function finite(name, value) {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${name} must be a finite number, not ${value}`);
  return value;
}

module.exports = { Calls, GrantorError };
