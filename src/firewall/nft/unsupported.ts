import { NetlinkError } from '../../errors/errors';

// The kernel's errors if it lacks nf_tables or its netlink family, or if a seccomp filter blocks it.
const UNSUPPORTED = ['EINVAL', 'EOPNOTSUPP', 'EPROTONOSUPPORT', 'EAFNOSUPPORT'];

/** Whether the kernel lacks this subsystem, or does not let the caller use it. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof NetlinkError && UNSUPPORTED.includes(error.code);
}
