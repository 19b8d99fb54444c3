import fs from 'node:fs/promises';
import { binding } from '../executor/run-program';
import type { NetworkNamespace } from '../netns/namespace';
import { describe, handleOf } from '../nsfs/handle';
import { systemCall } from '../nsfs/within';

let inside: NetworkNamespace | undefined;

/**
 * Moves the calling thread into a namespace until the returned function is called. Everything that a test's code opens or
 * starts is then created inside, even by libraries that know nothing of namespaces.
 *
 * The library itself never does this: if other code ran in the meantime, its calls would act on the wrong namespace. Here
 * this is intended, and safe because
 * - namespaces belong to threads. A test file has its thread to itself, the main thread of a child process or a worker's.
 *   The runner's channels to the thread are descriptors, which are not affected;
 * - libuv's pool is started before, so that its threads stay outside. They serve files, and of the network only name
 *   look-ups, never those of address literals;
 * - the executor's thread, which runs all plans, has been started by then and enters namespaces by descriptor only.
 *
 * Concurrent tests in one thread would move each other: a second entry is rejected.
 */
export async function enterThread(netns: NetworkNamespace): Promise<() => void> {
  await fs.stat('/');
  if (inside !== undefined) {
    throw new Error(
      'this thread is inside the namespace of another test: run tests that enter a namespace one after another, or in separate files',
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
