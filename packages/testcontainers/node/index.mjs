import { createServer } from 'node:net';
import { createGrantor } from 'grantor';
import { AbstractStartedContainer, GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';

const PORT = 8085;

/**
 * A `grantor dev` in a container. The issuer of a world is part of every token, so the address has to be known before the server starts:
 * unless a public URL is said, a port that is free here is chosen, and the container's port is mapped to that one.
 */
export class GrantorContainer extends GenericContainer {
  #words = [];
  #seeds = 0;
  #publicUrl;

  constructor(image) {
    super(image);
    this.withWaitStrategy(Wait.forHttp('/readyz', PORT).forStatusCode(200));
  }

  withPublicUrl(origin) {
    this.#publicUrl = origin;
    return this;
  }

  withSeed(file) {
    const [end] = /(\.\w+)?$/.exec(file);
    const target = `/seeds/${this.#seeds++}${end}`;
    this.#words.push('--seed', target);
    return this.withCopyFilesToContainer([{ source: file, target }]);
  }

  withWords(...more) {
    this.#words.push(...more);
    return this;
  }

  async start() {
    const host = (await getContainerRuntimeClient()).info.containerRuntime.host;
    const port = this.#publicUrl === undefined ? await free() : undefined;
    const publicUrl = this.#publicUrl ?? `http://${host}:${port}`;
    this.withExposedPorts(port === undefined ? PORT : { container: PORT, host: port });
    // Requests to the mapped port name this host; addresses are answered for in any case.
    const own = ['dev', '--listen', `0.0.0.0:${PORT}`, '--allow-remote', '--public-url', publicUrl, '--host', host];
    this.withCommand([...own, ...this.#words]);
    const started = await super.start();
    try {
      return await StartedGrantorContainer.of(started, publicUrl);
    } catch (error) {
      await started.stop();
      throw error;
    }
  }
}

export class StartedGrantorContainer extends AbstractStartedContainer {
  constructor(started, told) {
    super(started);
    Object.assign(this, told);
    // A log of a test shows no secret.
    for (const name of ['environment', 'grantor']) Object.defineProperty(this, name, { enumerable: false });
  }

  static async of(started, publicUrl) {
    const environment = await told(started);
    const url = `http://${started.getHost()}:${started.getMappedPort(PORT)}`;
    const grantor = await createGrantor({ url, controlKey: environment.GRANTOR_CONTROL_KEY });
    return new StartedGrantorContainer(started, { publicUrl, environment, grantor });
  }
}

/** What it says at its start: the ids and secrets, and last of them the key of the controls. */
async function told(started) {
  const lines = await started.logs();
  try {
    let text = '';
    for await (const chunk of lines) {
      text += chunk;
      if (/^ {2}GRANTOR_CONTROL_KEY +\S+\n/m.test(text)) {
        return Object.fromEntries([...text.matchAll(/^ {2}(\w+) +(\S+)$/gm)].map(([, name, value]) => [name, value]));
      }
    }
  } finally {
    lines.destroy();
  }
  throw new Error('grantor dev told no control key: is it its image?');
}

async function free() {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
