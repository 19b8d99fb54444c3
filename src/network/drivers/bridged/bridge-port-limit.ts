/** BR_MAX_PORTS of the kernel is 1 << 10; number 0 is not used. */
export const MAX_BRIDGE_PORTS = 1023;

/** The remedy for a full bridge. */
export function fullBridgeRemedy(): string {
  return (
    `a bridge has at most ${MAX_BRIDGE_PORTS.toLocaleString('en')} ports: detach unused endpoints, ` +
    "or create the network with mode: 'routed', which has no limit"
  );
}
