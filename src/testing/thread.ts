import fs from 'node:fs/promises';
import { binding } from '../executor/run-program';
import type { NetworkNamespace } from '../netns/namespace';
import { describe, handleOf } from '../nsfs/handle';
import { systemCall } from '../nsfs/within';

let inside: NetworkNamespace | undefined;

/**
 * Moves the calling thread into a namespace until the answer is called, so that whatever the code of a test opens or
 * starts is born there, in libraries that know nothing of namespaces as well.
 *
 * The library itself never does this: its calls would act on the wrong namespace if anything else ran meanwhile. Here that
 * is the point, and safe because
 * - namespaces belong to threads. A file of tests has its thread to itself, be it the main thread of a child process or that
 *   of a worker, and the runner's channels to it are descriptors, which stay what they are;
 * - libuv's pool is warmed before, so that its threads stay at home: they serve files, and of the network only the look-up of
 *   names, never that of address literals;
 * - the executor's thread, which carries out all plans, has been started by then and enters namespaces by descriptor only.
 *
 * Tests that run concurrently in one thread would drag each other along: a second entry is refused.
 */
export async function enterThread(netns: NetworkNamespace): Promise<() => void> {
  await fs.stat('/');
  if (inside !== undefined) {
    throw new Error(
      'this thread is inside the namespace of another test: let tests that enter one run one after the other, or in files of their own',
    );
  }
  const home = binding.current().handle;
  systemCall('testing.enter', describe(netns), () => {
    binding.enter(handleOf(netns));
  });
  inside = netns;
  return () => {
    if (inside !== netns) return;
    systemCall('testing.leave', describe(netns), () => {
      binding.enter(home);
    });
    inside = undefined;
    binding.close(home);
  };
}
