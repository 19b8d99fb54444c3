/** BR_MAX_PORTS of the kernel is 1 << 10; number 0 is not used. */
export const MAX_BRIDGE_PORTS = 1023;

/** The remedy for a full bridge. */
export const BRIDGE_IS_FULL =
  "a bridge takes 1,023 ports: detach endpoints that are done, or make the network with mode: 'routed', which has no limit";
