/** An open network namespace. Closed by {@link Binding.close}, or when the handle is garbage collected. */
export interface NamespaceHandle {
  readonly namespaceHandle: unique symbol;
}

/** A netlink socket that outlives a program. Closed like a {@link NamespaceHandle}. */
export interface SocketHandle {
  readonly socketHandle: unique symbol;
}

/** A multicast subscription, read by {@link Binding.read}. Closed like a {@link NamespaceHandle}. */
export interface MonitorHandle {
  readonly monitorHandle: unique symbol;
}

/**
 * A lock on a directory or on a byte of one. Released when closed or garbage collected, and at the end of its
 * environment.
 */
export interface LockHandle {
  readonly lockHandle: unique symbol;
}
