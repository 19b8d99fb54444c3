/** An open network namespace. The addon closes it on {@link Binding.close}, or when the handle is collected. */
export interface NamespaceHandle {
  readonly namespaceHandle: unique symbol;
}

/** A netlink socket that outlives a program; closed in the same way. */
export interface SocketHandle {
  readonly socketHandle: unique symbol;
}

/** A multicast subscription, read by {@link Binding.read}; closed in the same way. */
export interface MonitorHandle {
  readonly monitorHandle: unique symbol;
}

/** A lock on a directory, or a sign of life in one. Ends when it is closed or collected, and with its environment. */
export interface LockHandle {
  readonly lockHandle: unique symbol;
}
