import { TestEnvironment } from 'jest-environment-node';
import { enterNamespace, enterNetwork, type Leave } from './bed';
import { networkOf } from './docblock';

/**
 * Jest's Node environment in a network namespace: each file of tests has one of its own with its loopback device up, so
 * that files that listen on the same port run in parallel; or a network of its own by `@netloom-network` in its docblock.
 * Tests find it as the global `netloom`.
 */
class NetloomEnvironment extends TestEnvironment {
  readonly #pragma: string | readonly string[] | undefined;
  #leave: Leave | undefined;

  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    super(...args);
    this.#pragma = args[1].docblockPragmas['netloom-network'];
  }

  override async setup(): Promise<void> {
    await super.setup();
    const network = networkOf(this.#pragma);
    const { leave, ...bed } = network === undefined ? await enterNamespace() : await enterNetwork(network);
    this.#leave = leave;
    this.global['netloom'] = bed;
  }

  override async teardown(): Promise<void> {
    try {
      await this.#leave?.();
    } finally {
      await super.teardown();
    }
  }
}

// What Jest requires of a module that is named as an environment.
export = NetloomEnvironment;
