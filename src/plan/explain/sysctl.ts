import { command } from '../../rtnl/commands/words';

/** `setting` is 'net/ipv4/ip_forward=1'. */
export function sysctlCommand(netns: string, setting: string): string {
  return command('ip', 'netns', 'exec', netns, 'sysctl', '-qw', setting);
}
