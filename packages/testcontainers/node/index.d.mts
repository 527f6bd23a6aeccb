import type { Grantor } from 'grantor';
import { AbstractStartedContainer, GenericContainer } from 'testcontainers';

/** A `grantor dev` in a container, whose controls are those of the package `grantor`. */
export declare class GrantorContainer extends GenericContainer {
  /** The image that was loaded from the archive of `cargo xtask dist`, such as `grantor:0.1.0`: none is published. */
  constructor(image: string);
  /**
   * The origin of issuers and links, such as `http://grantor:8085` for containers of one network that call it by that alias. The controls are
   * reached by the mapped port all the same. Without it the origin is that of a port of the host, which is chosen before the start.
   */
  withPublicUrl(origin: string): this;
  /** A file of worlds that are there from the start. */
  withSeed(file: string): this;
  /** More words for `grantor dev`. */
  withWords(...more: string[]): this;
  start(): Promise<StartedGrantorContainer>;
}

export declare class StartedGrantorContainer extends AbstractStartedContainer {
  private constructor();
  /** The origin of issuers and links. */
  readonly publicUrl: string;
  /** The documented ids and secrets of the environments that are always there. */
  readonly environment: Readonly<Record<string, string>>;
  /** Worlds, and with them clocks, tokens and answers. */
  readonly grantor: Grantor;
}
