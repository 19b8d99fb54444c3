import fs from 'node:fs';

/** What the descriptors of this process lead to, sorted; sockets and pipes without their numbers. */
export function descriptors(): string[] {
  const found: string[] = [];
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    try {
      found.push(fs.readlinkSync(`/proc/self/fd/${fd}`).replace(/\[?\b\d+\]?$/, ''));
    } catch {
      // The descriptor of this very listing.
    }
  }
  return found.sort();
}

/**
 * The descriptors that this process has beyond those of `before`. What has gone since does not matter: earlier test files
 * ran in the same process, and what they had open ends when the garbage collector comes to it.
 */
export function descriptorsBeyond(before: readonly string[]): string[] {
  const rest = [...before];
  return descriptors().filter((target) => {
    const index = rest.indexOf(target);
    if (index === -1) return true;
    rest.splice(index, 1);
    return false;
  });
}

/** Threads of this process. */
export function threads(): number {
  return fs.readdirSync('/proc/self/task').length;
}

/** The network namespaces that the threads of this process live in: exactly one, if all is well. */
export function threadNamespaces(): string[] {
  const found = new Set<string>();
  for (const task of fs.readdirSync('/proc/self/task')) {
    try {
      found.add(fs.readlinkSync(`/proc/self/task/${task}/ns/net`));
    } catch {
      // A thread that has just ended.
    }
  }
  return [...found];
}

/** Asks again until the answer is yes; fails with `what` after the deadline. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 10_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
