import { ValidationError } from '../errors/errors';
import type { NamespaceSource, NativeNamespace, OpenNamespace } from './handle';
import { checkExistingName, namePath } from './name';
import { runStep } from '../executor/run-step';
import { binding } from '../executor/run-program';
import { systemCall } from './within';

/** The location of a namespace: a name under /run/netns, a process inside, a path, or a descriptor of this process. */
export type NamespaceLocation =
  string | { readonly pid: number } | { readonly path: string } | { readonly fd: number };

/** Refers to a namespace: an open one, or a location. */
export type NamespaceRef = OpenNamespace | NamespaceLocation;

/** Opens the namespace at a location. */
export async function openNamespace(location: NamespaceLocation): Promise<NamespaceSource> {
  const path = pathOf(location, 'netns.open');
  const name = typeof location === 'string' ? location : undefined;
  const place = { operation: 'netns.open', object: name ?? path };
  const { netns } = await runStep({ op: 'open', slot: 0, path }, place);
  return { ...(netns as NativeNamespace), name, owned: false };
}

/** Opens the namespace that the calling thread lives in. */
export function openCurrent(): NamespaceSource {
  const opened = systemCall('netns.current', undefined, () => binding.current());
  return { ...opened, owned: false };
}

/** The file to open for a location. Throws a ValidationError for an invalid location. */
export function pathOf(location: NamespaceLocation, operation: string, field = 'ref'): string {
  if (typeof location === 'string') {
    checkExistingName(location, operation, field);
    return namePath(location);
  }
  if (typeof location === 'object' && (location as unknown) !== null) {
    if ('pid' in location && isWhole(location.pid)) return `/proc/${location.pid}/ns/net`;
    if ('fd' in location && isWhole(location.fd)) return `/proc/self/fd/${location.fd}`;
    if ('path' in location && isPath(location.path)) return location.path;
  }
  const problem = 'must be a name, { pid }, { path } or { fd }';
  throw new ValidationError({ operation, path: field, value: location, problem });
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
