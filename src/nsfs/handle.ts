import { ClosedError } from '../errors/errors';
import { binding } from '../executor/run-program';
import type { NamespaceHandle, NativeResult } from '../native/contract';
import { NetworkNamespace } from '../netns/namespace';

/** What the addon tells of a namespace that it created or opened. */
export type OpenedNamespace = NonNullable<NativeResult['netns']>;

/** How a namespace came to us: its name under /run/netns, and whether we created it (and so delete it on dispose). */
export interface NamespaceOrigin {
  readonly name?: string | undefined;
  readonly owned: boolean;
}

// Handles stay out of the public class, so that nothing but this module hands them out.
const handles = new WeakMap<NetworkNamespace, NamespaceHandle>();

/** Makes the public object of a namespace that a program created or opened. */
export function wrap(opened: OpenedNamespace, origin: NamespaceOrigin): NetworkNamespace {
  const netns = new NetworkNamespace(opened.cookie, origin);
  handles.set(netns, opened.handle);
  return netns;
}

/** The native handle of an open namespace. Throws a ClosedError if it was closed or deleted. */
export function handleOf(netns: NetworkNamespace): NamespaceHandle {
  const handle = handles.get(netns);
  if (handle === undefined) throw new ClosedError(describe(netns));
  return handle;
}

/** Takes the handle out of a namespace, which is closed from here on; undefined if it was already. */
export function takeHandle(netns: NetworkNamespace): NamespaceHandle | undefined {
  const handle = handles.get(netns);
  handles.delete(netns);
  return handle;
}

/** Gives a namespace its handle back: what {@link takeHandle} was for did not come about. */
export function giveHandle(netns: NetworkNamespace, handle: NamespaceHandle): void {
  handles.set(netns, handle);
}

/** The descriptor of an open namespace, -1 of a closed one. */
export function fdOf(netns: NetworkNamespace): number {
  const handle = handles.get(netns);
  return handle === undefined ? -1 : binding.fdOf(handle);
}

/** A namespace in the words of an error message. */
export function describe(netns: NetworkNamespace): string {
  return netns.name === undefined ? 'anonymous namespace' : `namespace '${netns.name}'`;
}
