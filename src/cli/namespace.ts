import { NetworkNamespace } from '../netns/namespace';

/** Opens the namespace that an argument names: a name, a path, or `pid:NUMBER`; without an argument, the caller's own. */
export function openArgument(argument: string | undefined): Promise<NetworkNamespace> {
  if (argument === undefined) return NetworkNamespace.current();
  const [, pid] = /^pid:(\d+)$/.exec(argument) ?? [];
  if (pid !== undefined) return NetworkNamespace.open({ pid: Number(pid) });
  return NetworkNamespace.open(argument.includes('/') ? { path: argument } : argument);
}
