import { NetlinkError } from '../../errors/errors';

// The kernel answers these without nf_tables, without its netlink family, or where a seccomp filter blocks it.
const UNSUPPORTED = ['EINVAL', 'EOPNOTSUPP', 'EPROTONOSUPPORT', 'EAFNOSUPPORT'];

/** Whether the kernel lacks this subsystem, or denies the caller its use. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof NetlinkError && UNSUPPORTED.includes(error.code);
}
