import { randomBytes } from 'node:crypto';
import { NetworkNamespace } from '../../src/netns/namespace';
import type { NamespaceOptions } from '../../src/nsfs/options';

const made: NetworkNamespace[] = [];
const series = randomBytes(3).toString('hex');
let count = 0;

// A namespace that something still holds after its test fails the test: that is a leak.
afterEach(async () => {
  const results = await Promise.allSettled(made.splice(0).map((ns) => ns.delete()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
});

/** An anonymous namespace that plays a host for one test. */
export async function scratchHost(options?: NamespaceOptions): Promise<NetworkNamespace> {
  return keep(await NetworkNamespace.create(undefined, options));
}

/** Like scratchHost, pinned under /run/netns for tools and child processes that need a name. */
export async function namedHost(
  options?: NamespaceOptions,
): Promise<NetworkNamespace & { readonly name: string }> {
  return keep(await NetworkNamespace.create(scratchName(), options)) as NetworkNamespace & {
    readonly name: string;
  };
}

/** A name that no other test uses; each file counts from one, and a file that failed may have left its names. */
export function scratchName(): string {
  return `test-${series}-${++count}`;
}

/** Deletes a namespace after the test, whoever made it. */
export function keep(ns: NetworkNamespace): NetworkNamespace {
  made.push(ns);
  return ns;
}
