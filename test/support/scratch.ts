import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { NetworkNamespace } from '../../src/netns/namespace';
import type { NamespaceOptions } from '../../src/netns/options';

const made: NetworkNamespace[] = [];
const series = randomBytes(3).toString('hex');
let count = 0;

// A namespace that something of ours still holds after its test fails the test: that is a leak, and a descriptor of this
// process or a process inside would be it. What neither of them holds is held by the kernel itself: a TCP connection whose
// last packets nobody acknowledges keeps its namespace for minutes after both programs have ended.
afterEach(async () => {
  const leaving = made.splice(0).map((ns) => ({ ns, inode: ns.fd < 0 ? 0 : fs.fstatSync(ns.fd).ino }));
  const results = await Promise.allSettled(leaving.map(({ ns }) => ns.delete()));
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') return;
    const { code } = result.reason as { code?: string };
    const { inode } = leaving[index] as { inode: number };
    const byDescriptor = fs
      .readdirSync('/proc/self/fd')
      .some((fd) => inodeOf(`/proc/self/fd/${fd}`) === inode);
    if (code !== 'EBUSY' || byDescriptor || String(result.reason).includes('processes inside'))
      throw result.reason;
  });
});

function inodeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino;
}

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
