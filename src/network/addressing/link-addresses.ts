/** The host's device has it on every network, as routers by custom do. */
export const GATEWAY_LINK_LOCAL = 'fe80::1';

/** The router's address, on every one of its links: link-local, so that it is nobody's else and needs no subnet. */
export const ROUTER = '169.254.1.1';

/**
 * The address of a router that has others behind it. They have {@link ROUTER}, and the kernel takes neither a gateway nor an
 * answer whose address is its own.
 */
export const CORE = '169.254.1.2';

/** The same of IPv6. */
export const ROUTER6 = 'fe80::2';
