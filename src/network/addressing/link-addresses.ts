/** The address of the host's device on every network, as is customary for routers. */
export const GATEWAY_LINK_LOCAL = 'fe80::1';

/** The router's address, on every one of its links: link-local, so that it is unique there and needs no subnet. */
export const ROUTER = '169.254.1.1';

/**
 * The address of a router with other routers behind it. Those have {@link ROUTER}, and the kernel accepts neither a
 * gateway nor a reply with its own address.
 */
export const CORE = '169.254.1.2';

/** The same for IPv6. */
export const ROUTER6 = 'fe80::2';
