import type { Tags } from '../../openvswitch/operations';
import { command } from '../../rtnl/commands/words';

/** One run of `ovs-vsctl`, which uses the same database. */
export function vsctl(socket: string, commands: readonly (readonly string[])[]): string {
  const words = commands.flatMap((words, index) => (index === 0 ? words : ['--', ...words]));
  return command('ovs-vsctl', `--db=unix:${socket}`, ...words);
}

export function tagWords(tags: Tags = {}): string[] {
  return Object.entries(tags).map(([key, value]) => `external_ids:${key}=${value}`);
}
