import os from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** Errors for which Node.js has no name, or a text that misleads outside of sockets. */
const ours: Readonly<Record<number, readonly [string, string]>> = {
  54: ['EXFULL', 'exchange full'],
  76: ['ENOTUNIQ', 'name not unique on network'],
  85: ['ERESTART', 'interrupted system call should be restarted'],
  95: ['EOPNOTSUPP', 'operation not supported'],
  117: ['EUCLEAN', 'structure needs cleaning'],
  130: ['EOWNERDEAD', 'owner died'],
  524: ['ENOTSUPP', 'operation is not supported'],
};

const names = new Map<number, string>();
for (const [name, number] of Object.entries(os.constants.errno)) {
  if (!names.has(number)) names.set(number, name);
}

/** The symbol and description of a positive error number. */
export function describeErrno(errno: number): { code: string; message: string } {
  const extra = ours[errno];
  if (extra) return { code: extra[0], message: extra[1] };
  const code = names.get(errno) ?? `E${String(errno)}`;
  return { code, message: getSystemErrorMap().get(-errno)?.[1] ?? `error ${String(errno)}` };
}
