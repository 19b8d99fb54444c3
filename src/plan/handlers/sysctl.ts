import { ValidationError } from '../../errors/errors';
import { sysctlCommand } from '../explain/sysctl';
import type { SysctlStep } from '../spec/step';
import type { StepHandler } from './handler';

export const sysctl: StepHandler<SysctlStep> = {
  fields: { netns: 'any', path: 'string', value: 'string' },
  compile({ netns, path, value }, labels) {
    checkPath(path);
    return { op: 'sysctl', slot: labels.slot(netns), path, value };
  },
  explain: ({ netns, path, value }, names) => [sysctlCommand(names.of(netns), `${path}=${value}`)],
  describe: ({ path, value }) => ({ object: `${path}=${value}` }),
  record(_, result, { previous }, index) {
    if (result.previous !== undefined) previous[index] = result.previous;
  },
};

function checkPath(path: string): void {
  const parts = path.split('/');
  if (parts[0] === 'net' && parts.length > 1 && !parts.some((part) => ['', '.', '..'].includes(part))) return;
  const problem = "must be a path below /proc/sys that begins with 'net/', such as 'net/ipv4/ip_forward'";
  throw new ValidationError({ path: 'path', value: path, problem });
}
