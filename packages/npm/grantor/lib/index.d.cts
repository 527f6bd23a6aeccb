/// <reference lib="esnext.disposable" />

/** A server for tests: started at a free port, or the one of `url` or `GRANTOR_URL`. */
export declare function createGrantor(options?: Options): Promise<Grantor>;

export interface Options {
  /**
   * The origin of a `grantor dev` that runs already; without it `GRANTOR_URL`, without that a process of its own. Nothing that is said of a
   * process may stand beside it.
   */
  url?: string;
  /** The control key, where the server is reached by others; `GRANTOR_CONTROL_KEY` without it. */
  controlKey?: string;
  /** The program, in place of `GRANTOR_BINARY` and of the package of this platform. */
  binary?: string;
  /** More words for `grantor dev`. */
  args?: string[];
  /** Files of seeds, or their content. */
  seed?: string | object | (string | object)[];
  /** How long it may take to start; 30,000. */
  startTimeoutMs?: number;
}

export declare class Grantor {
  private constructor();
  readonly url: string;
  /** What the env file of the started process says; empty of one that ran already. */
  readonly environment: Readonly<Record<string, string>>;
  /** Makes an environment of its own for a test. */
  world(wanted?: WorldOptions): Promise<World>;
  worlds(): Promise<{ id: string; name: string; issuer: string; apiUrl: string; discovery: string }[]>;
  /** The controls of an environment that is there. */
  open(id: string): Promise<World>;
  /**
   * What happens in all worlds, from when it is first asked for: `for await (const told of grantor.events())`. It ends with the loop, with
   * the signal, or with the server.
   */
  events(options?: { signal?: AbortSignal }): AsyncGenerator<Event, void, undefined>;
  /** Ends the process, where it was started here. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type Event =
  | { event: 'request'; world: string; request: RecordedRequest }
  | { event: 'refusal'; world: string; id: string; endpoint: string; status: number; clientId?: string; reason: string }
  | { event: 'message'; world: string; message: Message }
  | { event: 'clock'; world: string; now: string; frozen: boolean; rate: number }
  | { event: 'lost'; lost: number };

export interface WorldOptions {
  name?: string;
  /** What is in it, in the shapes of the management API. */
  seed?: object;
  clock?: { now?: Date | string; frozen?: boolean; rate?: number };
}

export interface Application {
  name: string;
  id: string;
  clientId: string;
  clientSecret?: string;
  redirectUris: string[];
}

export interface User {
  id: string;
  username: string;
  password?: string;
}

export declare class World {
  private constructor();
  readonly id: string;
  readonly issuer: string;
  readonly apiUrl: string;
  readonly discovery: string;
  /** Administers this world alone, with a token by `client_credentials`. */
  readonly worker: { clientId: string; clientSecret: string };
  readonly applications: Application[];
  readonly users: User[];
  /** The first application. */
  readonly application: Application;
  /** The first user. */
  readonly user: User;
  readonly clock: Clock;
  readonly keys: {
    /** A new key that signs from now on; gives its `kid`. */
    rotate(algorithm?: string): Promise<string>;
  };
  /** A token without a flow; an access token where no kind is said. */
  mint(options: MintOptions & { kind: 'refresh' }): Promise<{ token: string }>;
  mint(options?: MintOptions): Promise<Minted>;
  /** What the next request of an endpoint is answered with; gives the id of the choice. */
  next(choice: Next): Promise<string>;
  /** Takes back all choices that were not given yet. */
  clearNext(): Promise<void>;
  /** What was asked so far, the oldest first. */
  requests(filter?: RequestFilter & { waitMs?: number }): Promise<RecordedRequest[]>;
  /** Waits until `count` (1) requests are there, and throws where they are not within `timeoutMs` (5,000). */
  recorded(filter?: RequestFilter & { count?: number; timeoutMs?: number }): Promise<RecordedRequest[]>;
  clearRecorded(): Promise<void>;
  /** Ends what lives before its time; gives how many lived. */
  expire(
    what: 'codes' | 'accessTokens' | 'refreshTokens' | 'sessions' | 'flows',
    of?: { clientId?: string; username?: string },
  ): Promise<number>;
  outbox(filter?: { to?: string; kind?: 'email' | 'sms' | 'push'; waitMs?: number }): Promise<Message[]>;
  clearOutbox(): Promise<void>;
  /** Who signs on without a form: told, or changed. */
  settings(change?: Settings): Promise<Settings>;
  /** As it was when it was made. */
  reset(): Promise<void>;
  /** Gives the id that `restore` takes. */
  snapshot(): Promise<string>;
  restore(snapshot: string): Promise<void>;
  delete(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Settings {
  autoSignOn?: string | null;
  loginHintSignsOn?: boolean;
}

export interface ClockState {
  now: Date;
  frozen: boolean;
  rate: number;
}

export interface Clock {
  get(): Promise<ClockState>;
  now(): Promise<Date>;
  set(now: Date | string): Promise<ClockState>;
  /** So many seconds further, or back. */
  advance(seconds: number): Promise<ClockState>;
  freeze(): Promise<ClockState>;
  unfreeze(): Promise<ClockState>;
  /** Seconds in one of the machine's. */
  rate(rate: number): Promise<ClockState>;
}

export type Wrong =
  | 'expired' | 'notYetValid' | 'issuer' | 'audience' | 'signature' | 'algNone' | 'unknownKid' | 'typ';

export interface MintOptions {
  kind?: 'access' | 'id' | 'refresh';
  clientId?: string;
  username?: string;
  subject?: string;
  scope?: string;
  audience?: string | string[];
  claims?: Record<string, unknown>;
  removeClaims?: string[];
  expiresIn?: number;
  algorithm?: string;
  /** One thing that is wrong, and nothing else. */
  wrong?: Wrong;
}

export interface Minted {
  token: string;
  claims: Record<string, unknown>;
  header?: Record<string, unknown>;
}

export type Endpoint =
  | 'authorize' | 'token' | 'userinfo' | 'introspect' | 'revoke' | 'jwks' | 'discovery' | 'par' | 'management';

export type Next = {
  endpoint: Endpoint;
  clientId?: string;
  times?: number;
} & (
  | { refuse: string }
  | { claims: { set?: Record<string, unknown>; remove?: string[] } }
  | { delayMs: number }
  | { drop: true }
  | { malformed: true }
  | { status: number; retryAfter?: number }
);

export interface RequestFilter {
  endpoint?: Endpoint | 'flows' | 'signon' | 'resume' | 'signoff' | 'register' | 'challenge' | 'checkSession' | 'other';
  clientId?: string;
  status?: number;
  /** Behind the request of this id. */
  after?: string;
}

export interface RecordedRequest {
  id: string;
  at: string;
  correlationId: string;
  endpoint: string;
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string | string[]>;
  form?: Record<string, unknown>;
  status?: number;
  /** The name of the refusal. */
  reason?: string;
  clientId?: string;
  userId?: string;
  /** Hashes of the codes and tokens that the answer hands out. */
  gave?: string[];
  /** The request that gave what this one shows. */
  from?: string;
  /** The choice of `next` by which it was answered. */
  forced?: string;
  answer?: { headers: Record<string, string | string[]>; body?: unknown };
}

export interface Message {
  id: string;
  at: string;
  kind: 'email' | 'sms' | 'push';
  to: string;
  subject?: string;
  text: string;
  html?: string;
  code?: string;
  links: string[];
}

/** What the server refused. */
export declare class GrantorError extends Error {
  readonly status: number;
  readonly error?: string;
  readonly at?: string;
}

/** How the recorder shows a secret, a code or a token: `sha256:` and hexadecimal. */
export declare function hashed(value: string): string;
