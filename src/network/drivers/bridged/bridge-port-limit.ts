/** BR_MAX_PORTS of the kernel is 1 << 10; number 0 is not used. */
export const MAX_BRIDGE_PORTS = 1023;

/** The remedy for a full bridge. */
export const BRIDGE_IS_FULL =
  "a bridge has at most 1,023 ports: detach unused endpoints, or create the network with mode: 'routed', which has no limit";
