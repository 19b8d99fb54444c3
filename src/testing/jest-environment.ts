import { TestEnvironment } from 'jest-environment-node';
import { enterNamespace, enterNetwork, type Leave } from './bed';
import { networkOf } from './docblock';

/**
 * Jest's Node environment in a network namespace. Each test file has its own with its loopback device up, so that files
 * that listen on the same port run in parallel; or its own network, with `@netloom-network` in its docblock. Tests
 * access it as the global `netloom`.
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

// Jest requires this form of export from an environment module.
export = NetloomEnvironment;
