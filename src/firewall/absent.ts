import { NetlinkError } from '../errors/errors';

// What the kernel says without nf_tables, without its netlink family, or where a filter of system calls keeps it away.
const ABSENT = ['EINVAL', 'EOPNOTSUPP', 'EPROTONOSUPPORT', 'EAFNOSUPPORT'];

/** Whether an error says that the kernel has no such part, at least not for the caller. */
export function isAbsent(error: unknown): boolean {
  return error instanceof NetlinkError && ABSENT.includes(error.code);
}
