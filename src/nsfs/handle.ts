import { ClosedError, ValidationError } from '../errors/errors';
import { binding } from '../executor/run-program';
import type { NamespaceHandle } from '../native/handles';
import type { NativeResult } from '../native/program';

/** A network namespace that this process holds open, as used by the lower layers. {@link NetworkNamespace} is one. */
export interface OpenNamespace {
  /** The name under /run/netns; absent for anonymous namespaces and for those not opened by name. */
  readonly name?: string;
  /** The kernel's identity of the namespace (SO_NETNS_COOKIE): never reused while the machine is up. */
  readonly cookie: bigint;
  /** The open descriptor; -1 once closed. */
  readonly fd: number;
}

/** The addon's data of a namespace that it created or opened. */
export type NativeNamespace = NonNullable<NativeResult['netns']>;

/** A namespace that was just created or opened, before it has an object. */
export interface NamespaceSource extends NativeNamespace {
  /** Its name under /run/netns. */
  readonly name?: string | undefined;
  /** We created the namespace, so it is deleted on dispose. */
  readonly owned: boolean;
}

// Native handles are kept apart from the namespace objects, so that only this module hands them out.
const handles = new WeakMap<OpenNamespace, NamespaceHandle>();

/** Whether a value is a namespace that this library opened. It may be closed by now. */
export function isNamespace(value: unknown): value is OpenNamespace {
  return typeof value === 'object' && value !== null && typeof (value as OpenNamespace).cookie === 'bigint';
}

/**
 * Whether another copy of this library holds the namespace open: a process may load the package from several places, and
 * test runners load it for each file anew. Each copy knows only its own objects.
 */
export function isOpenElsewhere(netns: OpenNamespace): boolean {
  return !handles.has(netns) && netns.fd >= 0;
}

/** What is wrong with an object of another copy, and the remedy. */
export const OTHER_COPY =
  'another copy in this process made it; use the objects of one copy, or open a namespace again in this one, by ' +
  'NetworkNamespace.open({ fd: netns.fd })';

/**
 * The native handle of an open namespace. Throws a ClosedError if it was closed or deleted, and a ValidationError for a
 * namespace of another copy of this library.
 */
export function handleOf(netns: OpenNamespace): NamespaceHandle {
  const handle = handles.get(netns);
  if (handle !== undefined) return handle;
  if (!isOpenElsewhere(netns)) throw new ClosedError(describe(netns));
  const problem = `must be of this copy of the library: ${OTHER_COPY}`;
  throw new ValidationError({ path: 'netns', value: netns, problem });
}

/** Takes the handle out of a namespace, which is closed from then on; undefined if it was closed already. */
export function takeHandle(netns: OpenNamespace): NamespaceHandle | undefined {
  const handle = handles.get(netns);
  handles.delete(netns);
  return handle;
}

/** Opens an object by giving it its handle: the first one, or again if {@link takeHandle} led to nothing. */
export function giveHandle(netns: OpenNamespace, handle: NamespaceHandle): void {
  handles.set(netns, handle);
}

/** The descriptor of an open namespace, -1 of a closed one. */
export function fdOf(netns: OpenNamespace): number {
  const handle = handles.get(netns);
  return handle === undefined ? -1 : binding.fdOf(handle);
}

/** Whether a value is a handle of the addon, open or closed: of a namespace, a socket or a monitor. */
export function isNativeHandle(value: unknown): boolean {
  try {
    binding.fdOf(value as NamespaceHandle);
    return true;
  } catch {
    return false;
  }
}

/** A namespace as error messages name it. */
export function describe(netns: OpenNamespace): string {
  return netns.name === undefined ? 'anonymous namespace' : `namespace '${netns.name}'`;
}
