/** The netlink protocols that the addon speaks, with their numbers from <linux/netlink.h>. */
export const NETLINK = { route: 0, netfilter: 12, generic: 16 } as const;

export type NetlinkProtocol = keyof typeof NETLINK;
